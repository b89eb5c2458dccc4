#!/usr/bin/env python3
"""Django's commands, with the project's settings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from gasworks.project.command import main

if __name__ == "__main__":
    main()
