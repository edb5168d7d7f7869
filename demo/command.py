"""`make audit`, `make reconcile`, `make doctor`: a command of the product with the settings of `make run`."""

import os
import sys

from demo import ROOT
from demo.plan import Plan


def main() -> None:
    os.chdir(ROOT)
    command = [sys.executable, "-m", "flask", "--app", "app", *sys.argv[1:]]
    os.execve(sys.executable, command, Plan().environment())  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
