"""The commands of ``api-mocker cassette``, one a file: the folder is the registry.

A file is named after its command (``to_mocks.py`` is ``to-mocks``) and holds it as ``command``.
"""
