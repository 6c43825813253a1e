"""Shared by the Python scripts of this folder."""
import os
import sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))


def dump(path):
    """All that a run leaves behind but seconds and dates: the rows of every query of dump.sql."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with open(f"{HERE}/dump.sql", encoding="utf-8") as file:
        queries = file.read().split("\n", 1)[1].split(";")
    rows = [db.execute(query).fetchall() for query in queries]
    db.close()
    return rows
