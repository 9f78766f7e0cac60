#!/usr/bin/python3
"""Uses what a service needs from its interpreter: C modules, TLS, a database."""
import decimal
import json
import locale
import sqlite3
import ssl

locale.setlocale(locale.LC_ALL, "C.UTF-8")
with sqlite3.connect(":memory:") as db:
    db.execute("CREATE TABLE t (n INTEGER)")
    db.executemany("INSERT INTO t VALUES (?)", [(6,), (7,)])
    product = 1
    for (n,) in db.execute("SELECT n FROM t"):
        product *= n
roots = ssl.create_default_context().cert_store_stats()["x509_ca"]
print(json.dumps({"answer": product, "tls": ssl.HAS_TLSv1_3, "roots": roots > 0, "third": str(decimal.Decimal(1) / 3)[:4]}))
