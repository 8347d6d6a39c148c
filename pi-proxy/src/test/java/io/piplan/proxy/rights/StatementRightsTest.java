package io.piplan.proxy.rights;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.proxy.ProxyException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may do who reads in one schema and writes in another. */
class StatementRightsTest {
  private final StatementRights rights =
      new StatementRights(
          new UserRights("u", Map.of("shop", Access.READ, "log", Access.WRITE, "own", Access.ALL)),
          "shop");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM item i JOIN shop.note n ON n.id = i.id WHERE i.id = 1",
        "SELECT (SELECT MAX(id) FROM log.entry) FROM item WHERE id IN (SELECT id FROM note)",
        "WITH a AS (SELECT id FROM item) SELECT * FROM a UNION SELECT id FROM note",
        "INSERT INTO log.entry (id, text) VALUES (1, 'hr.secret')",
        "INSERT INTO log.entry SELECT * FROM item",
        "INSERT INTO log.entry (nextval, a) VALUES (NEXTVAL(log.ids), NEXT VALUE FOR own.ids)",
        "SELECT nextval, (nextval) FROM item",
        "DO SETVAL(log.ids, 1)",
        "UPDATE log.entry SET a = (SELECT 1 FROM item) WHERE b IN (SELECT 2 FROM note)",
        "DELETE FROM log.entry WHERE a = 1",
        "CREATE TABLE own.t (id INT)",
        "BEGIN",
        "SET autocommit = 0, NAMES utf8mb4",
        "SET sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
        "set autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES'), names utf8mb4",
        "SET NAMES 'utf8mb4' COLLATE utf8mb4_bin, SESSION wait_timeout = 60",
        "SET CHARACTER SET utf8",
        "SET SESSION character_set_client = utf8mb4, character_set_results = NULL, NAMES ascii",
        "SET @x = 1 + @y, @z = 'FROM hr.secret', collation_connection = utf8mb4_bin",
        "SHOW VARIABLES WHERE Variable_name = 'language' OR Variable_name IN ('TABLE')",
        "SHOW TABLE STATUS FROM shop",
        "SELECT 'a\u00a0b\ufffd' AS `c\u00a0d`, é FROM item",
        "set autocommit=1, session_track_system_variables ="
            + " CONCAT(@@global.session_track_system_variables,',x')",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SHOW FULL TABLES FROM log LIKE 'x%'",
        "SHOW VARIABLES LIKE 'x'",
        "DESCRIBE item",
        "SHOW CREATE TABLE log.entry",
        "EXPLAIN SELECT * FROM item",
        "SELECT * FROM information_schema.TABLES",
        "SELECT VERSION(), @@tx_isolation",
        "USE log",
        "RELOAD",
        "CHECK COPIES OF ticket",
        "FORGET DECISIONS OF n3",
        "SELECT 1; SELECT * FROM item; DELETE FROM log.entry;",
        "SET autocommit = 0; UPDATE log.entry SET a = 1; COMMIT",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE log.entry FIELDS TERMINATED BY ',' (a, @b) SET c ="
            + " 1",
        "CALL log.p(1, 'x')",
        "CALL own.p",
        "SELECT i.id, e.* FROM item i LEFT JOIN log.entry e ON e.id = i.id AND entry.a = 1.5",
        "SELECT x.id FROM (SELECT id FROM item) AS x JOIN (SELECT 1 id) y ON x.id = y.id",
        "WITH a (x) AS (SELECT id FROM item), b (y, z) AS (SELECT 1, 2) SELECT a.x, b.y FROM a, b",
        "INSERT INTO log.entry (entry.a) VALUES (1) AS fresh ON DUPLICATE KEY UPDATE a = fresh.a",
        "CREATE UNIQUE INDEX i ON own.t (a, b)",
        "CREATE TABLE own.t (id INT PRIMARY KEY, o INT REFERENCES own.o (id)) ENGINE = InnoDB",
        "ALTER TABLE own.t RENAME COLUMN a TO b, ADD INDEX (b)",
        "EXPLAIN FORMAT=JSON SELECT * FROM item",
        "SELECT TABLE_NAME FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = 'shop'",
        "KILL 5",
        "SHOW FULL PROCESSLIST",
        "SELECT 1e5, .5, 0x41, 1.5e-3 FROM item",
        ""
      })
  void isAllowed(String sql) {
    assertThatCode(() -> rights.check(sql)).doesNotThrowAnyException();
  }

  @Test
  void otherSchemasAreThoseThatAreNotNamed() {
    StatementRights most =
        new StatementRights(
            new UserRights("u", Map.of("*", Access.ALL, "hr", Access.READ)), "shop");
    assertThatCode(() -> most.check("DELETE FROM anything.t")).doesNotThrowAnyException();
    assertThatCode(() -> most.check("SELECT * FROM hr.t, mysql.user")).doesNotThrowAnyException();
    for (String sql :
        List.of("DELETE FROM hr.t", "DELETE FROM HR.t", "DELETE FROM `Hr`.t", "DELETE FROM hŕ.t")) {
      assertThatThrownBy(() -> most.check(sql)).as(sql).isInstanceOf(ProxyException.class);
    }
  }

  @Test
  void whatIsPreparedIsLookedAtMoreStrictly() {
    assertThatCode(() -> rights.checkPrepared("SELECT * FROM item")).doesNotThrowAnyException();
    for (String sql :
        List.of("USE log", "KILL 5", "SHOW PROCESSLIST", "RELOAD", "SELECT * FROM hr.secret")) {
      assertThatThrownBy(() -> rights.checkPrepared(sql))
          .as(sql)
          .isInstanceOf(ProxyException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM hr.secret",
        "SELECT * FROM item WHERE id IN (SELECT id FROM hr.secret)",
        "SELECT (SELECT a FROM hr.secret) FROM item",
        "SELECT * FROM item, hr.secret",
        "SELECT * FROM (SELECT * FROM hr.secret) x",
        "WITH a AS (SELECT id FROM hr.secret) SELECT * FROM a",
        "SELECT 1 UNION SELECT a FROM hr.secret",
        "SELECT * FROM item ORDER BY (SELECT a FROM hr.secret)",
        "SELECT * FROM item GROUP BY id HAVING (SELECT a FROM hr.secret) > 1",
        "SELECT * FROM item LIMIT 1 FOR UPDATE",
        "SELECT * FROM item WHERE id IN (SELECT id FROM item LOCK IN SHARE MODE)",
        "INSERT INTO item VALUES (1)",
        "REPLACE INTO item (id) VALUES (1)",
        "INSERT INTO log.entry SELECT * FROM hr.secret",
        "INSERT INTO log.entry VALUES ((SELECT a FROM hr.secret))",
        "INSERT INTO log.entry VALUES (1) ON DUPLICATE KEY UPDATE a = (SELECT a FROM hr.secret)",
        "UPDATE item SET a = 1",
        "UPDATE log.entry SET a = (SELECT a FROM hr.secret)",
        "UPDATE log.entry e JOIN hr.secret s ON 1 = 1 SET e.a = s.a",
        "DELETE FROM log.entry WHERE a IN (SELECT a FROM hr.secret)",
        "DELETE e FROM log.entry e JOIN hr.secret s ON 1 = 1",
        "DELETE FROM item",
        "CREATE TABLE log.t (id INT)",
        "CREATE TABLE own.t LIKE hr.secret",
        "CREATE TABLE own.t AS SELECT * FROM hr.secret",
        "ALTER TABLE own.t EXCHANGE PARTITION p WITH TABLE hr.secret",
        "DROP TABLE item",
        "TRUNCATE log.entry",
        "DROP DATABASE own",
        "SELECT hr.f(1)",
        "SELECT NEXTVAL(ids)",
        "SELECT setval ( shop.ids, 1 )",
        "SELECT NEXT VALUE FOR shop.ids",
        "SELECT NEXT VALUE FOR ids FROM log.entry",
        "DO NEXTVAL(`ids`)",
        "DO 1, SETVAL(ids, 5, 0)",
        "SET @x = NEXTVAL(ids)",
        "INSERT INTO log.entry (a) VALUES (NEXTVAL(shop.ids))",
        "EXPLAIN SELECT NEXTVAL(ids)",
        "SELECT * FROM item WHERE id = hr . f (1)",
        "SELECT a INTO OUTFILE '/tmp/x' FROM item",
        "SELECT LOAD_FILE('/etc/passwd')",
        "LOAD DATA INFILE 'x' INTO TABLE log.entry",
        "SELECT 1; SELECT * FROM hr.secret",
        "/*! SELECT * FROM hr.secret */",
        "SELECT /*!50000 a FROM hr.secret UNION SELECT */ 1",
        "CALL hr.p()",
        "CALL p()",
        "PREPARE s FROM 'SELECT * FROM hr.secret'",
        "EXECUTE s",
        "SET GLOBAL read_only = 0",
        "SET autocommit = 1, GLOBAL read_only = 0",
        "SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET DEFAULT ROLE admin",
        "SET @@global.read_only = 0",
        "SET @x = (SELECT a FROM hr.secret)",
        "SET @x = authentication_string FROM mysql.user LIMIT 1",
        "SET @x = a FROM secret",
        "SET @x = (TABLE hr.secret LIMIT 1)",
        "SET @x = 1 INTO @y",
        "SET @x = NEXT VALUE FOR hr.ids",
        "SET @x = LASTVAL(hr.ids)",
        "SET @x = (VALUES ROW(1))",
        "SHOW VARIABLES WHERE 1 IN (TABLE hr.secret)",
        "SHOW TABLES WHERE 1 IN (TABLE secret)",
        "SHOW COLUMNS FROM item WHERE 1 IN (TABLE hr.secret)",
        "SHOW STATUS WHERE LASTVAL(hr.ids) = 1",
        "DO (TABLE secret)",
        "KILL (TABLE secret)",
        "CALL log.p((TABLE log.secret))",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE log.entry (a) SET b = (TABLE entry.secret)",
        "SELECT 1\u00a0FROM secret",
        "SELECT id FROM item WHERE a\ufffdOR b",
        "SET NAMES latin1",
        "SET NAMES DEFAULT",
        "SET character_set_client = 'koi8r'",
        "SET NAMES gbk",
        "SET character_set_client = 'sjis'",
        "SET character_set_client = @x",
        "SET sql_mode = 'ANSI_QUOTES'",
        "SET sql_mode = @x",
        "SET @@sql_mode = concat('NO_BACK', 'SLASH_ESCAPES')",
        "SET autocommit = 1, `sql_mode` = 'ansi_quotes'",
        "SET sql_mode = 4",
        "SET sql_mode = 0x414E53495F51554F544553",
        "SET sql_mode = replace('ANSIxQUOTES', 'x', '_')",
        "SET SESSION sql_mode = x'414E5349'",
        "SET `character_set_client` = 'gbk'",
        "SET character_set_client = 28",
        "SET character_set_client = concat('g', 'bk')",
        "SET NAMES 'big5'",
        "SET PASSWORD = 'x'",
        "DO (SELECT a FROM hr.secret)",
        "SHOW TABLES FROM hr",
        "SHOW COLUMNS FROM hr.secret",
        "SHOW COLUMNS FROM secret FROM hr",
        "SHOW CREATE TABLE hr.secret",
        "SHOW CREATE VIEW hr.secret",
        "SHOW GRANTS",
        "SHOW MASTER STATUS",
        "DESCRIBE hr.secret",
        "EXPLAIN SELECT * FROM hr.secret",
        "GRANT ALL ON *.* TO u",
        "HANDLER hr.secret OPEN",
        "LOCK TABLES hr.secret READ",
        "RENAME TABLE own.t TO hr.t",
        "FLUSH TABLES",
        "TABLE hr.secret",
        "USE hr",
        "XA RECOVER",
        "BEGIN NOT ATOMIC SELECT * FROM hr.secret; END",
        // Several statements in one text: each counts.
        "SET autocommit = 1; DELETE FROM item",
        "COMMIT; DELETE FROM hr.secret",
        "DO 1; UPDATE item SET a = 1",
        "SHOW VARIABLES; DROP TABLE item",
        "RELOAD; DELETE FROM item",
        "CHECK COPIES OF t; DELETE FROM item",
        "SELECT 1; USE log",
        "USE own; SELECT 1",
        "SELECT 1; KILL 5",
        "SELECT 1; SHOW PROCESSLIST",
        ";; DELETE FROM item",
        // Files and programs.
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE item",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE hr.secret",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE log.entry (a) SET b = (SELECT a FROM hr.secret)",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE log.entry (a) SET b = hr.f(a)",
        "LOAD XML LOCAL INFILE 'x' INTO TABLE hr.secret",
        "CALL log.p((SELECT a FROM hr.secret))",
        "CALL log.p(hr.f(1))",
        "CALL hr.package.p()",
        "INSERT INTO log.entry VALUES (hr.f(1))",
        "REPLACE log.entry SET a = hr.f(1)",
        "UPDATE log.entry SET a = hr.f(1)",
        "EXECUTE IMMEDIATE 'SELECT * FROM hr.secret'",
        "DEALLOCATE PREPARE s",
        // Where a server cuts a text into other words.
        "SELECT 1e5FROM hr.secret",
        "SELECT 1.5FROM hr.secret",
        "SELECT .5FROM hr.secret",
        "SELECT 1e+5FROM hr.secret",
        "SELECT * FROM hr.5secret",
        "SELECT * FROM 5hr.secret",
        "SELECT 1 --\u007f' \n UNION SELECT a FROM hr.secret -- '",
        "SELECT 1 --\u0001' \n UNION SELECT a FROM hr.secret -- '",
        "SELECT 1 # \u0000 UNION SELECT a FROM hr.secret",
        "SELECT \\N FROM item",
        // Names in forms that are rare.
        "SELECT NEXT VALUE FOR hr.ids",
        "SELECT LASTVAL(hr.ids) FROM item",
        "SELECT hr.secret.a FROM item",
        "DO hr.secret.a",
        "SELECT * FROM HR.secret",
        "SELECT * FROM `hr`.`secret`",
        "TABLE item UNION TABLE hr.secret",
        "(TABLE hr.secret)",
        "VALUES ROW((SELECT a FROM hr.secret))",
        "SELECT * FROM item PARTITION (p0), hr.secret",
        "SELECT * FROM item FOR SYSTEM_TIME ALL, hr.secret",
        "SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j, hr.secret",
        "SELECT * FROM {OJ item LEFT JOIN hr.secret ON 1 = 1}",
        "DELETE FROM log.entry USING log.entry JOIN hr.secret",
        "CREATE TABLE own.t (id INT) ENGINE=MERGE UNION=(hr.secret)",
        "CREATE TABLE own.t (id INT) ENGINE=FEDERATED CONNECTION='mysql://hr@h/hr/secret'",
        "CREATE TABLE own.t (id INT) ENGINE='CONNECT'",
        "CREATE TABLE own.t (id INT) DATA DIRECTORY='/tmp'",
        "CREATE TABLE own.t (id INT REFERENCES hr.secret (id))",
        "CREATE TABLE own.t (id INT DEFAULT (hr.f(1)))",
        "CREATE VIEW own.v AS SELECT * FROM hr.secret",
        "CREATE PACKAGE own.p AS FUNCTION f RETURN INT; END",
        "CREATE TRIGGER own.t BEFORE INSERT ON own.x FOR EACH ROW DELETE FROM hr.secret",
        "ALTER TABLE own.t RENAME COLUMN a TO b, RENAME TO hr.t",
        "ALTER TABLE own.t CONVERT TABLE entry TO PARTITION p",
        "EXPLAIN FOR CONNECTION 5",
        "EXPLAIN FOR SCHEMA hr SELECT * FROM secret",
        "SELECT * FROM information_schema.PROCESSLIST",
        "SELECT * FROM information_schema.INNODB_TRX",
        "SELECT * FROM INFORMATION_SCHEMA.routines",
        // A server's reading of texts.
        "SET sql_mode = 'AN\\SI_QUOTES'",
        "SET sql_mode = X'414E53495F51554F544553'",
        "SET NAMES 'gb\\k'",
        "SET sql_log_bin = 0",
        "SET @@session.gtid_next = 'x'",
        "SET autocommit = 1, @@`session`.server_id = 7"
      })
  void isRefused(String sql) {
    assertThatThrownBy(() -> rights.check(sql)).isInstanceOf(ProxyException.class);
  }
}
