"""Backups that prove themselves: an archive knows the hash of each part and the checksum of each table.

``create`` takes one snapshot of the database and all stored files; ``restore`` fills a new database and compares.
"""

from gasworks.foundation.backups.archive import ArchiveDamaged, ArchiveMissing, newest
from gasworks.foundation.backups.create import create_backup
from gasworks.foundation.backups.restore import RestoreDiffers, restore_backup

__all__ = ["ArchiveDamaged", "ArchiveMissing", "RestoreDiffers", "create_backup", "newest", "restore_backup"]
