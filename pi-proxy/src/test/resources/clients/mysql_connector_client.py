"""One session of an application with MySQL's Connector/Python. Arguments: port, schema."""
import sys

import mysql.connector

connection = mysql.connector.connect(
    host="127.0.0.1", port=int(sys.argv[1]), user="app", password="", database=sys.argv[2],
    charset="utf8mb4", collation="utf8mb4_general_ci", autocommit=True, ssl_disabled=True,
    use_pure=True)
cursor = connection.cursor(prepared=True)
plain = connection.cursor()
plain.execute("DELETE FROM orders")
cursor.execute("INSERT INTO orders VALUES (?, ?, ?)", (1, 1, "größe 订单 😀"))
plain.executemany("INSERT INTO orders VALUES (%s, %s, %s)", [(2, 2, "b"), (3, 3, None), (4, 4, "it's")])
print("inserted", plain.rowcount)
cursor.execute("SELECT note FROM orders WHERE user_id = ?", (1,))
print("one", cursor.fetchone()[0])
plain.execute("SELECT id, note FROM orders ORDER BY id DESC")
print("all", tuple(plain.fetchall()))
connection.start_transaction()
plain.execute("UPDATE orders SET note = 'x' WHERE user_id IN (1, 2)")
connection.rollback()
plain.execute("SELECT COUNT(*) FROM orders WHERE note = 'x'")
print("after rollback", plain.fetchone()[0])
try:
    plain.execute("SELECT nothing FROM orders WHERE user_id = 1")
except mysql.connector.Error as e:
    print("error", e.errno)
connection.ping()
connection.close()
