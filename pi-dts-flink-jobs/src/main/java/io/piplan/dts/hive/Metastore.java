package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.HiveServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.api.AlreadyExistsException;
import org.apache.hadoop.hive.metastore.api.DropPartitionsRequest;
import org.apache.hadoop.hive.metastore.api.NoSuchObjectException;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.PrincipalPrivilegeSet;
import org.apache.hadoop.hive.metastore.api.PrincipalType;
import org.apache.hadoop.hive.metastore.api.PrivilegeGrantInfo;
import org.apache.hadoop.hive.metastore.api.RequestPartsSpec;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.thrift.TException;

/** What is asked of a metastore. Failures are retryable, except where a right is lacking. */
final class Metastore implements AutoCloseable {
  private static final short ALL = -1;

  private final HiveServer server;
  private final HiveMetaStoreClient client;
  private final Steps steps;

  private Metastore(HiveServer server, HiveMetaStoreClient client, Steps steps) {
    this.server = server;
    this.client = client;
    this.steps = steps;
  }

  static Metastore connect(
      HiveServer server, HiveConf conf, UserGroupInformation user, Steps steps) {
    return new Metastore(server, new MetastoreConnection(server, conf, user).open(), steps);
  }

  private interface Question<T> {
    T ask() throws TException;
  }

  private <T> T run(String doing, Question<T> question) {
    try {
      return question.ask();
    } catch (TException e) {
      String message = String.valueOf(e.getMessage());
      boolean denied = message.contains("Permission denied") || message.contains("AccessControl");
      throw new DtsException(
          denied ? DtsError.TARGET_ACCESS_DENIED : DtsError.TARGET_FAILED,
          doing + " in metastore " + server.metastoreUri() + " failed: " + message,
          denied
              ? "give user " + server.user() + " the right to"
              : "check the metastore and its log",
          e);
    }
  }

  private <T> T change(String doing, Question<T> question) {
    steps.before(doing);
    return run(doing, question);
  }

  /** Where a database's tables lie, or empty if there is no such database. */
  Optional<Path> location(String database) {
    return run(
        "reading database " + database,
        () -> {
          try {
            return Optional.of(new Path(client.getDatabase(database).getLocationUri()));
          } catch (NoSuchObjectException e) {
            return Optional.empty();
          }
        });
  }

  List<String> databases() {
    return run("listing databases", client::getAllDatabases);
  }

  List<String> tables(String database) {
    return run("listing tables of " + database, () -> client.getAllTables(database));
  }

  Optional<Table> find(TableId id) {
    return run(
        "reading table " + id,
        () -> {
          try {
            return Optional.of(client.getTable(id.database(), id.table()));
          } catch (NoSuchObjectException e) {
            return Optional.empty();
          }
        });
  }

  /** Creates a table or view, unless somebody else was faster. */
  void create(Table table) {
    Table made = table.deepCopy();
    made.setPrivileges(ofOwner(table.getOwner()));
    change(
        "creating table " + table.getTableName(),
        () -> {
          try {
            client.createTable(made);
          } catch (AlreadyExistsException e) {
            // As good as ours: what it is like is looked at by the caller.
            return false;
          }
          return true;
        });
  }

  /**
   * What CREATE TABLE of HiveServer2 gives to an owner: where rights are checked by SQL's standard,
   * owning a table is not enough to write to it.
   */
  private static PrincipalPrivilegeSet ofOwner(String owner) {
    List<PrivilegeGrantInfo> all = new ArrayList<>();
    for (String privilege : List.of("SELECT", "INSERT", "UPDATE", "DELETE")) {
      all.add(new PrivilegeGrantInfo(privilege, 0, owner, PrincipalType.USER, true));
    }
    PrincipalPrivilegeSet privileges = new PrincipalPrivilegeSet();
    privileges.setUserPrivileges(Map.of(owner, all));
    return privileges;
  }

  void alter(Table table) {
    change(
        "changing table " + table.getTableName(),
        () -> {
          client.alter_table(table.getDbName(), table.getTableName(), table);
          return true;
        });
  }

  /** Changes a table that is found under another name so far. */
  void rename(TableId from, Table to) {
    change(
        "renaming table " + from + " to " + to.getTableName(),
        () -> {
          client.alter_table(from.database(), from.table(), to);
          return true;
        });
  }

  void drop(TableId id) {
    change(
        "dropping table " + id,
        () -> {
          client.dropTable(id.database(), id.table(), false, true);
          return true;
        });
  }

  List<Partition> partitions(TableId id) {
    return run(
        "listing partitions of " + id, () -> client.listPartitions(id.database(), id.table(), ALL));
  }

  /** Adds those partitions that are missing. */
  void add(TableId id, List<Partition> partitions) {
    if (!partitions.isEmpty()) {
      change(
          "adding partitions to " + id,
          () -> client.add_partitions(new ArrayList<>(partitions), true, false));
    }
  }

  /** Lets an existing partition be in another folder; at once for all who ask from then on. */
  void move(TableId id, Partition partition) {
    change(
        "moving a partition of " + id,
        () -> {
          client.alter_partition(id.database(), id.table(), partition);
          return true;
        });
  }

  /**
   * Takes partitions out of a table, all in one step; those that are gone count for nothing. Their
   * files stay.
   *
   * @param names as in a path: {@code a=1/b=2}
   */
  void drop(TableId id, List<String> names) {
    if (names.isEmpty()) {
      return;
    }
    DropPartitionsRequest request =
        new DropPartitionsRequest(id.database(), id.table(), RequestPartsSpec.names(names));
    request.setDeleteData(false);
    request.setIfExists(true);
    request.setNeedResult(false);
    change(
        "dropping partitions of " + id,
        () -> {
          // The client's own methods drop several partitions only by expressions of Hive's planner.
          return MetastoreConnection.thrift(client).drop_partitions_req(request);
        });
  }

  @Override
  public void close() {
    client.close();
  }
}
