-- What `bin/pi sites triggers mysql://…/shop -m sql/sites/sites.json -z bj -t orders` prints: at Beijing, zone id 1, a hidden
-- column that holds the row's version, and triggers that keep it for apps. Rows that are there count as Beijing's.
-- zone id (10 bits) | clock (52) | lock (1): 1 << 53 is zone 1, clocks are microseconds since 1970, UTC.
-- Syncs write past the triggers: their sessions have @pi_dts_apply set.
-- The table is locked meanwhile, after a trial whether triggers may be made at all. Older transactions on it are waited for 10 s
-- at most, as all that comes later waits behind.
-- What apps delete is remembered where syncs remember what they delete, so that no older change of another site brings it back.

SET SESSION lock_wait_timeout = 10;
CREATE TABLE IF NOT EXISTS `shop`.`pi_dts_tombstone` (tab VARCHAR(64) NOT NULL, key_hash CHAR(32) NOT NULL, version VARCHAR(64) NOT NULL, deleted_ms BIGINT NOT NULL, PRIMARY KEY (tab, key_hash)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
DROP TRIGGER IF EXISTS `shop`.`pi_site_try_orders`;
CREATE TRIGGER `shop`.`pi_site_try_orders` BEFORE DELETE ON `shop`.`orders` FOR EACH ROW
SET @pi_dts_trial = 1;
DROP TRIGGER `shop`.`pi_site_try_orders`;
LOCK TABLES `shop`.`orders` WRITE;
ALTER TABLE `shop`.`orders` ADD COLUMN `pidal_c` BIGINT NOT NULL DEFAULT 9007199254740994 INVISIBLE;
ALTER TABLE `shop`.`orders` ALTER COLUMN `pidal_c` SET DEFAULT 0;
DROP TRIGGER IF EXISTS `shop`.`pi_site_bi_orders`;
DROP TRIGGER IF EXISTS `shop`.`pi_site_bu_orders`;
DROP TRIGGER IF EXISTS `shop`.`pi_site_bd_orders`;
DELIMITER //
CREATE TRIGGER `shop`.`pi_site_bi_orders` BEFORE INSERT ON `shop`.`orders` FOR EACH ROW
IF @pi_dts_apply IS NULL THEN
  SET NEW.`pidal_c` = (1 << 53) | (GREATEST(CAST(COALESCE(@pi_dts_clock, 0) AS UNSIGNED) + 1, COALESCE((SELECT (`pidal_c` >> 1) & 4503599627370495 FROM `shop`.`orders` WHERE `customer_id` = NEW.`customer_id` AND `number` = NEW.`number`), 0) + 1, COALESCE((SELECT (CAST(version AS UNSIGNED) >> 1) & 4503599627370495 FROM `shop`.`pi_dts_tombstone` WHERE tab = 'orders' AND key_hash = LEFT(SHA2(CONCAT(UNHEX(LPAD(HEX(LENGTH(CONVERT(NEW.`customer_id` USING utf8mb4))), 8, '0')), CONVERT(NEW.`customer_id` USING utf8mb4), UNHEX(LPAD(HEX(LENGTH(CONVERT(NEW.`number` USING utf8mb4))), 8, '0')), CONVERT(NEW.`number` USING utf8mb4)), 256), 32)), 0) + 1, CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED)) << 1);
END IF //
DELIMITER ;
DELIMITER //
CREATE TRIGGER `shop`.`pi_site_bu_orders` BEFORE UPDATE ON `shop`.`orders` FOR EACH ROW
IF @pi_dts_apply IS NULL THEN
  IF OLD.`pidal_c` & 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'locked by PiDTS after a conflict, a row of orders: bin/pi repair';
  END IF;
  SET NEW.`pidal_c` = (1 << 53) | (GREATEST(((OLD.`pidal_c` >> 1) & 4503599627370495) + 1, CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED)) << 1) | (OLD.`pidal_c` & 1);
  IF NOT (OLD.`customer_id` <=> NEW.`customer_id` AND OLD.`number` <=> NEW.`number`) THEN
    SET NEW.`pidal_c` = (1 << 53) | (GREATEST(((OLD.`pidal_c` >> 1) & 4503599627370495) + 1, CAST(COALESCE(@pi_dts_clock, 0) AS UNSIGNED) + 1, COALESCE((SELECT (CAST(version AS UNSIGNED) >> 1) & 4503599627370495 FROM `shop`.`pi_dts_tombstone` WHERE tab = 'orders' AND key_hash = LEFT(SHA2(CONCAT(UNHEX(LPAD(HEX(LENGTH(CONVERT(NEW.`customer_id` USING utf8mb4))), 8, '0')), CONVERT(NEW.`customer_id` USING utf8mb4), UNHEX(LPAD(HEX(LENGTH(CONVERT(NEW.`number` USING utf8mb4))), 8, '0')), CONVERT(NEW.`number` USING utf8mb4)), 256), 32)), 0) + 1, CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED)) << 1) | (OLD.`pidal_c` & 1);
    SET @pi_dts_clock = GREATEST(COALESCE(@pi_dts_clock, 0), ((OLD.`pidal_c` >> 1) & 4503599627370495));
    INSERT INTO `shop`.`pi_dts_tombstone` (tab, key_hash, version, deleted_ms) VALUES ('orders', LEFT(SHA2(CONCAT(UNHEX(LPAD(HEX(LENGTH(CONVERT(OLD.`customer_id` USING utf8mb4))), 8, '0')), CONVERT(OLD.`customer_id` USING utf8mb4), UNHEX(LPAD(HEX(LENGTH(CONVERT(OLD.`number` USING utf8mb4))), 8, '0')), CONVERT(OLD.`number` USING utf8mb4)), 256), 32), OLD.`pidal_c`, CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED) DIV 1000)
  ON DUPLICATE KEY UPDATE version = VALUES(version), deleted_ms = VALUES(deleted_ms);
  END IF;
END IF //
DELIMITER ;
DELIMITER //
CREATE TRIGGER `shop`.`pi_site_bd_orders` BEFORE DELETE ON `shop`.`orders` FOR EACH ROW
IF @pi_dts_apply IS NULL THEN
  IF OLD.`pidal_c` & 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'locked by PiDTS after a conflict, a row of orders: bin/pi repair';
  END IF;
  SET @pi_dts_clock = GREATEST(COALESCE(@pi_dts_clock, 0), ((OLD.`pidal_c` >> 1) & 4503599627370495));
  INSERT INTO `shop`.`pi_dts_tombstone` (tab, key_hash, version, deleted_ms) VALUES ('orders', LEFT(SHA2(CONCAT(UNHEX(LPAD(HEX(LENGTH(CONVERT(OLD.`customer_id` USING utf8mb4))), 8, '0')), CONVERT(OLD.`customer_id` USING utf8mb4), UNHEX(LPAD(HEX(LENGTH(CONVERT(OLD.`number` USING utf8mb4))), 8, '0')), CONVERT(OLD.`number` USING utf8mb4)), 256), 32), OLD.`pidal_c`, CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED) DIV 1000)
  ON DUPLICATE KEY UPDATE version = VALUES(version), deleted_ms = VALUES(deleted_ms);
END IF //
DELIMITER ;
UNLOCK TABLES;
