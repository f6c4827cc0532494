"""Files of answers in, files of scores out: reading any format, and runs that can be killed and resumed.

Readers turn inputs into rows, in chunks that do not depend on how a file is cut (`rows`, `readers`, `tables`,
`sources`); a run scores them part by part (`manifest`, `workfolder`, `runs`), with every write made to last
(`durable`).
"""
