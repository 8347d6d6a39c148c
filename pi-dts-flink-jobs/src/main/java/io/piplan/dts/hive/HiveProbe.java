package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.TargetReview;
import io.piplan.dts.sql.HiveOptions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.security.AccessControlException;

/** What can be asked of a Hive before anything is written. Changes nothing. */
public final class HiveProbe implements AutoCloseable {
  private final HiveServer server;
  private final HiveAccess access;

  public HiveProbe(HiveServer server) {
    this.server = server;
    this.access = new HiveAccess(server);
  }

  /**
   * The folder of a database, or empty if there is none.
   *
   * @throws io.piplan.dts.DtsException if the metastore cannot be reached
   */
  public Optional<String> folder(String database) {
    return access.metastore().location(database).map(Path::toString);
  }

  /** Why the user may not write below a folder, if so. */
  public Optional<String> refusal(String folder) {
    Path path = new Path(folder);
    while (path != null) {
      try {
        access.files(path).access(path, FsAction.ALL);
        return Optional.empty();
      } catch (FileNotFoundException e) {
        // It is made with the first table, by who may write above it.
        path = path.getParent();
      } catch (AccessControlException e) {
        return Optional.of(e.getMessage());
      } catch (IOException e) {
        return Optional.of(e.toString());
      }
    }
    return Optional.of("no folder above " + folder + " is there");
  }

  /** Product and version of HiveServer2. */
  public String version() throws SQLException {
    try (Connection connection = server.connect(Side.TARGET)) {
      return "Hive " + connection.getMetaData().getDatabaseProductVersion();
    }
  }

  /** A property as HiveServer2 has it; empty if it is not set. */
  public String property(String name) throws SQLException {
    try (Connection connection = server.connect(Side.TARGET);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SET " + name)) {
      String pair = row.next() ? row.getString(1) : "";
      int equals = pair.indexOf('=');
      return equals < 0 || pair.endsWith("is undefined") ? "" : pair.substring(equals + 1);
    }
  }

  /** What a source table finds there. */
  public TargetReview review(TableSchema source, TableId target, HiveOptions options) {
    try (HiveTables tables = new HiveTables(server, options)) {
      return tables.review(source, target);
    }
  }

  /** Whether a synced table holds anything. */
  public boolean holdsRows(TableId target) {
    TableId id = new TableId(HiveNames.lower(target.database()), HiveNames.lower(target.table()));
    return Publication.find(access.metastore(), id)
        .map(found -> !access.metastore().partitions(HiveMaintenance.id(found.log())).isEmpty())
        .orElse(false);
  }

  @Override
  public void close() {
    access.close();
  }
}
