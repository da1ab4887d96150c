"""Run by `shared.database.migrate`."""

from shared.migrating import run

run()
