"""The contract: whatever a client shows without api-mocker it shows while recording and on replay.

A table of scenarios times a driver per client. Each combination runs against a real server without
the tool, while recording, and with the sockets cut; the laws compare what the three runs saw.
A new client is one file in ``drivers/``, a new scenario is one function in ``scenarios/``.
"""
