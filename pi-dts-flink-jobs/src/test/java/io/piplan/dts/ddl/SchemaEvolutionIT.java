package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TableIndex;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a statement makes of a table, worked out from its text, against what the server makes of it.
 */
@ExtendWith(ServersExtension.class)
class SchemaEvolutionIT {
  private final EmbeddedMySql server;

  SchemaEvolutionIT(Servers servers) {
    server = servers.mySqlA();
  }

  @Test
  void tablesAreAsTheServerHasThem() throws Exception {
    String database = server.createDatabase("evolution");
    try (Connection connection = server.connect(database)) {
      ServerFacts facts = ServerFacts.read(connection);
      String collation = collation(connection);
      Tables known = new Tables(database, facts, collation);
      List<String> wrong = new ArrayList<>();
      int run = 0;
      for (String sql : statements(facts.mariaDb())) {
        Optional<String> refused = execute(connection, sql);
        if (refused.isPresent()) {
          if (!sql.contains("on_purpose")) {
            wrong.add(sql + "\n    is refused: " + refused.get());
          }
          continue;
        }
        run++;
        try {
          known.follow(sql);
        } catch (DdlException e) {
          wrong.add(sql + "\n    " + e.getMessage());
        }
        wrong.addAll(known.differences(new MySqlSchemaReader(connection), sql));
      }
      assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
      assertThat(run).isGreaterThan(60);
    }
  }

  /** A statement on purpose wrong is refused by the server and then not in its binlog. */
  private static Optional<String> execute(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static String collation(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@collation_database")) {
      row.next();
      return row.getString(1);
    }
  }

  private static List<String> statements(boolean mariaDb) throws Exception {
    String text;
    try (InputStream in = SchemaEvolutionIT.class.getResourceAsStream("/ddl/evolution.sql")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> statements = new ArrayList<>();
    String other = mariaDb ? "--mysql" : "--mariadb";
    for (String block : text.split(";\n", -1)) {
      String sql =
          block
              .lines()
              .filter(line -> !line.startsWith("--"))
              .collect(Collectors.joining("\n"))
              .strip();
      if (!sql.isEmpty() && block.lines().noneMatch(other::equals)) {
        statements.add(sql);
      }
    }
    return statements;
  }

  /** The tables as the statements so far have made them. */
  private static final class Tables {
    private final String database;
    private final ServerFacts facts;
    private final String collation;
    private final Map<TableId, TableDefinition> tables = new TreeMap<>();

    Tables(String database, ServerFacts facts, String collation) {
      this.database = database;
      this.facts = facts;
      this.collation = collation;
    }

    void follow(String sql) {
      Ddl ddl = DdlParser.parse(sql, database, facts, SqlMode.USUAL).orElseThrow();
      if (ddl instanceof Ddl.CreateTable create) {
        if (!(create.ifNotExists() && tables.containsKey(create.table()))) {
          tables.put(create.table(), TableDraft.create(create, collation, facts));
        }
      } else if (ddl instanceof Ddl.CreateLike like) {
        tables.put(like.table(), tables.get(like.like()).named(like.table()));
      } else if (ddl instanceof Ddl.AlterTable alter) {
        RenamedColumns columns = RenamedColumns.of(alter.table(), alter.alterations());
        TableDefinition before = tables.remove(alter.table());
        tables.replaceAll((id, t) -> t.withParentColumns(alter.table(), columns::now));
        TableDefinition after = TableDraft.alter(before, alter.alterations(), facts);
        for (Alteration alteration : alter.alterations()) {
          after = alteration instanceof Alteration.RenameTo to ? after.named(to.table()) : after;
        }
        tables.put(after.schema().id(), after);
      } else if (ddl instanceof Ddl.RenameTables rename) {
        for (Ddl.Renaming renaming : rename.renamings()) {
          tables.put(renaming.to(), tables.remove(renaming.from()).named(renaming.to()));
        }
      } else if (ddl instanceof Ddl.DropTables drop) {
        drop.tables().forEach(tables::remove);
      }
    }

    List<String> differences(MySqlSchemaReader reader, String sql) {
      List<String> differences = new ArrayList<>();
      List<TableId> there = reader.tables(database);
      if (!there.equals(List.copyOf(tables.keySet()))) {
        differences.add(sql + "\n    tables " + tables.keySet() + ", really " + there);
      }
      for (TableId id : there) {
        Optional<TableDefinition> real = reader.find(id);
        if (tables.containsKey(id) && real.isPresent()) {
          String worked = text(tables.get(id));
          String actual = text(real.get());
          if (!worked.equals(actual)) {
            differences.add(sql + "\n    worked out " + worked + "\n    really     " + actual);
          }
          // Each difference once.
          tables.put(id, real.get());
        }
      }
      return differences;
    }

    private static String text(TableDefinition table) {
      TableSchema schema = table.schema();
      return schema.columns().stream().map(Tables::text).collect(Collectors.joining(", "))
          + " key "
          + schema.key()
          + " indexes "
          + table.indexes().stream()
              .filter(index -> index.unique() || !index.kind().equals("BTREE"))
              .map(Tables::text)
              .toList()
          + " foreign keys "
          + schema.foreignKeys().stream()
              .sorted(java.util.Comparator.comparing(key -> key.name()))
              .map(
                  key ->
                      key.name()
                          + key.columns()
                          + key.parent().table()
                          + key.parentColumns()
                          + key.onDelete()
                          + key.onUpdate())
              .toList()
          + " "
          + schema.comment()
          + " "
          + table.collation()
          + " "
          + new TreeMap<>(table.onUpdate())
              .toString()
              .replace("()", "")
              .toLowerCase(java.util.Locale.ROOT);
    }

    private static String text(TableIndex index) {
      return index.name()
          + (index.unique() ? " unique" : "")
          + index.columns()
          + index.parts().stream().map(part -> part.prefix() + "" + part.descending()).toList();
    }

    private static String text(Column column) {
      boolean shownAsText = column.type() == ColumnType.JSON;
      return column.name()
          + " "
          + column.type()
          + " "
          + (shownAsText ? "" : column.columnType())
          + " "
          + column.unsigned()
          + " "
          + column.length()
          + " "
          + column.scale()
          + " "
          + column.charset()
          + " "
          + column.collation()
          + (column.nullable() ? " null" : "")
          + (column.autoIncrement() ? " auto" : "")
          + (column.generated() ? " generated" : "")
          + (column.invisible() ? " invisible" : "")
          + column.labels()
          + column.comment();
    }
  }
}
