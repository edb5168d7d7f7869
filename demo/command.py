"""`make audit`, `make reconcile`, `make doctor`: a command of the product with the settings of `make run`."""

import os
import sys

from demo import ROOT
from demo.plan import Plan


def main() -> None:
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "flask", "--app", "app", *sys.argv[1:]], Plan().environment())


if __name__ == "__main__":
    main()
