// One session of an application with mysql2 for Node.js. Arguments: port, schema.
const mysql = require('mysql2/promise');

const text = (rows) =>
  '(' + rows.map((r) => `(${r.id}, ${r.note === null ? 'None' : JSON.stringify(r.note)})`).join(', ') + ')';

(async () => {
  const connection = await mysql.createConnection({
    host: '127.0.0.1', port: Number(process.argv[2]), user: 'app', password: '',
    database: process.argv[3], charset: 'utf8mb4'});
  await connection.query('DELETE FROM orders');
  await connection.execute('INSERT INTO orders VALUES (?, ?, ?)', [1, 1, 'größe 订单 😀']);
  const [inserted] = await connection.query(
    'INSERT INTO orders VALUES ?', [[[2, 2, 'b'], [3, 3, null], [4, 4, "it's"]]]);
  console.log('inserted', inserted.affectedRows);
  const [one] = await connection.execute('SELECT note FROM orders WHERE user_id = ?', [1]);
  console.log('one', one[0].note);
  const [all] = await connection.query('SELECT id, note FROM orders ORDER BY id DESC');
  console.log('all', text(all));
  await connection.beginTransaction();
  await connection.query("UPDATE orders SET note = 'x' WHERE user_id IN (1, 2)");
  await connection.rollback();
  const [count] = await connection.query("SELECT COUNT(*) AS n FROM orders WHERE note = 'x'");
  console.log('after rollback', count[0].n);
  try {
    await connection.query('SELECT nothing FROM orders WHERE user_id = 1');
  } catch (e) {
    console.log('error', e.errno);
  }
  await connection.ping();
  await connection.end();
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
