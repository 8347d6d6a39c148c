<?php
// One session of an application with PHP's mysqli and PDO. Arguments: port, schema.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$db = new mysqli('127.0.0.1', 'app', '', $argv[2], (int) $argv[1]);
$db->set_charset('utf8mb4');
$db->query('DELETE FROM orders');
$insert = $db->prepare('INSERT INTO orders VALUES (?, ?, ?)');
$id = 1;
$note = 'größe 订单 😀';
$insert->bind_param('iis', $id, $id, $note);
$insert->execute();
$db->query("INSERT INTO orders VALUES (2, 2, 'b'), (3, 3, NULL), (4, 4, 'it''s')");
echo 'inserted ', $db->affected_rows, "\n";
$pdo = new PDO("mysql:host=127.0.0.1;port={$argv[1]};dbname={$argv[2]};charset=utf8mb4", 'app', '',
    [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => true]);
$one = $pdo->prepare('SELECT note FROM orders WHERE user_id = ?');
$one->execute([1]);
echo 'one ', $one->fetchColumn(), "\n";
$all = [];
foreach ($db->query('SELECT id, note FROM orders ORDER BY id DESC') as $row) {
    $all[] = "({$row['id']}, " . ($row['note'] === null ? 'None' : "'{$row['note']}'") . ')';
}
echo 'all (', implode(', ', $all), ")\n";
$pdo->beginTransaction();
$pdo->exec("UPDATE orders SET note = 'x' WHERE user_id IN (1, 2)");
$pdo->rollBack();
echo 'after rollback ', $pdo->query("SELECT COUNT(*) FROM orders WHERE note = 'x'")->fetchColumn(), "\n";
try {
    $db->query('SELECT nothing FROM orders WHERE user_id = 1');
} catch (mysqli_sql_exception $e) {
    echo 'error ', $e->getCode(), "\n";
}
