"""`make demo-reset`: the next `make run` begins with a fresh database and a fresh sandbox."""

import sys

from demo import Trouble
from demo.ports import DEFAULTS, read_ports, require_free
from demo.state import held_alone, wipe


def main() -> int:
    try:
        with held_alone():
            # Processes may have been left by a start that was killed, and still write there.
            require_free(read_ports(), DEFAULTS)
            wipe()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print("The local database, the sandbox's memory and the queue are deleted; `make run` makes new ones.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
