"""The libraries we are compared with: a script each, as somebody who uses it would write it.

They run in throw-away environments, so they import nothing of ours. Each is called with
`URL FIRST_CHAT COUNT IN_FLIGHT WORDS`, in a folder of its own. Called again there, it does what
its user would after a crash: let the library resume where it can, else start once more.
"""
