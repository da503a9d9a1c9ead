"""What all commands do where they can't do what they are asked."""


class CannotTell(Exception):
    """A command can't tell, or can't do it: says what is in the way, and what to do.

    The command ends with 2 and prints the message on stderr: see cli.py.
    """
