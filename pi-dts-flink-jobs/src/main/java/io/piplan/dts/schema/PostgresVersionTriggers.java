package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.meta.RowVersion;
import io.piplan.meta.Zone;
import java.util.ArrayList;
import java.util.List;

/**
 * For PostgreSQL, which has no hidden columns: apps must not ask for {@code *} if they mind. The
 * triggers are ordinary ones, so they don't act in a session that is a replica either.
 */
final class PostgresVersionTriggers implements VersionTriggers {
  private static final String NAME = PREFIX + "version";
  private static final String COLUMN = PostgresNames.quote(RowVersion.COLUMN);

  /** None: {@link #hold} says it for each transaction. */
  @Override
  public List<String> begin() {
    return List.of();
  }

  @Override
  public List<String> prepare(String schema) {
    return List.of(
        """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql AS $pi$
        DECLARE
          clock BIGINT := (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT;
        BEGIN
          IF current_setting('pi_dts.apply', true) = 'on' THEN
            IF TG_OP = 'DELETE' THEN
              RETURN OLD;
            END IF;
            RETURN NEW;
          END IF;
          IF TG_OP <> 'INSERT' THEN
            IF OLD.%2$s & %3$d <> 0 THEN
              RAISE EXCEPTION 'locked by PiDTS after a conflict, a row of %%: bin/pi repair', TG_TABLE_NAME
                USING ERRCODE = 'object_in_use';
            END IF;
            clock := GREATEST(clock, ((OLD.%2$s >> %4$d) & %5$d) + 1);
          END IF;
          IF TG_OP = 'DELETE' THEN
            RETURN OLD;
          END IF;
          NEW.%2$s := (TG_ARGV[0]::BIGINT << %6$d) | (clock << %4$d);
          RETURN NEW;
        END $pi$"""
            .formatted(
                PostgresNames.quote(new TableId(schema, NAME)),
                COLUMN,
                RowVersion.LOCK_BIT,
                RowVersion.CLOCK_SHIFT,
                RowVersion.MAX_CLOCK,
                RowVersion.ZONE_SHIFT));
  }

  /** None: what follows is one transaction. */
  @Override
  public List<String> trial(TableId table) {
    return List.of();
  }

  /** What is done to the tables locks them until the transaction ends. */
  @Override
  public List<String> hold(List<TableId> tables) {
    return List.of("BEGIN", "SET LOCAL lock_timeout = '" + PATIENCE + "s'");
  }

  @Override
  public List<String> release() {
    return List.of("COMMIT");
  }

  @Override
  public List<String> addColumn(TableId table, Zone existing) {
    return List.of(
        "ALTER TABLE "
            + PostgresNames.quote(table)
            + " ADD COLUMN "
            + COLUMN
            + " BIGINT NOT NULL DEFAULT "
            + new RowVersion(existing.id(), 1, false).encode(),
        clearDefault(table));
  }

  @Override
  public String clearDefault(TableId table) {
    return "ALTER TABLE "
        + PostgresNames.quote(table)
        + " ALTER COLUMN "
        + COLUMN
        + " SET DEFAULT 0";
  }

  @Override
  public List<String> install(TableId table, List<Column> key, Zone zone) {
    List<String> statements = new ArrayList<>();
    String name = PostgresNames.quote(table);
    statements.addAll(remove(table));
    statements.add(
        "CREATE TRIGGER "
            + PostgresNames.quote(NAME)
            + " BEFORE INSERT OR UPDATE OR DELETE ON "
            + name
            + " FOR EACH ROW EXECUTE FUNCTION "
            + PostgresNames.quote(new TableId(table.database(), NAME))
            + "('"
            + zone.id()
            + "')");
    return statements;
  }

  @Override
  public List<String> remove(TableId table) {
    return List.of(
        "DROP TRIGGER IF EXISTS "
            + PostgresNames.quote(NAME)
            + " ON "
            + PostgresNames.quote(table));
  }
}
