"""One session of an application with PyMySQL. Arguments: port, schema."""
import sys

import pymysql

connection = pymysql.connect(
    host="127.0.0.1", port=int(sys.argv[1]), user="app", password="", database=sys.argv[2],
    charset="utf8mb4", autocommit=True)
cursor = connection.cursor()
cursor.execute("DELETE FROM orders")
cursor.execute("INSERT INTO orders VALUES (%s, %s, %s)", (1, 1, "größe 订单 😀"))
cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s)", [(2, 2, "b"), (3, 3, None), (4, 4, "it's")])
print("inserted", cursor.rowcount)
cursor.execute("SELECT note FROM orders WHERE user_id = %s", (1,))
print("one", cursor.fetchone()[0])
cursor.execute("SELECT id, note FROM orders ORDER BY id DESC")
print("all", cursor.fetchall())
connection.begin()
cursor.execute("UPDATE orders SET note = 'x' WHERE user_id IN (1, 2)")
connection.rollback()
cursor.execute("SELECT COUNT(*) FROM orders WHERE note = 'x'")
print("after rollback", cursor.fetchone()[0])
try:
    cursor.execute("SELECT nothing FROM orders WHERE user_id = 1")
except pymysql.err.OperationalError as e:
    print("error", e.args[0])
connection.ping()
connection.close()
