"""What can go wrong on the machine, each said in one sentence that names the way out."""


class SiteError(Exception):
    """Shown to the person as it is, without a traceback; the command ends with 1."""
