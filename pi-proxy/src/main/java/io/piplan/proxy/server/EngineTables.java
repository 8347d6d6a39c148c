package io.piplan.proxy.server;

import io.piplan.dal.DalException;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.session.CopyReport;
import io.piplan.dal.session.DalEngine;
import io.piplan.dal.session.RulesFigures;
import io.piplan.dal.tx.PreparedBranch;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.NodeFigures;
import io.piplan.proxy.admin.TransactionFigures;
import io.piplan.proxy.command.AdminStatement;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What PiDAL can tell an operator, as tables. */
final class EngineTables {
  /** Where there is one node and no PiDAL. */
  static final EngineTables NONE = new EngineTables(null);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final DalEngine engine;

  EngineTables(DalEngine engine) {
    this.engine = engine;
  }

  private DalEngine existing() {
    if (engine == null) {
      throw new ProxyException(
          ProxyError.NOT_SUPPORTED,
          "there are no rules here: statements are passed on to one node (/nodes)");
    }
    return engine;
  }

  /** A row a node, from those of all event loops. */
  AdminTables nodes(List<NodeFigures> figures) {
    Map<String, ReplicaFigures> replicas = new HashMap<>();
    if (engine != null) {
      engine.replicas().forEach(one -> replicas.put(one.node(), one));
    }
    List<List<String>> rows = new ArrayList<>();
    NodeFigures.byName(figures).forEach(one -> rows.add(row(one, replicas.get(one.name()))));
    return new AdminTables(
        List.of(
            "name",
            "type",
            "address",
            "state",
            "circuit",
            "trouble",
            "follows",
            "lag_ms",
            "takes_no_reads_because"),
        rows);
  }

  /**
   * @param replica null for a source
   */
  private static List<String> row(NodeFigures node, ReplicaFigures replica) {
    boolean source = replica == null;
    return List.of(
        node.name(),
        source ? "source" : "replica",
        node.address(),
        node.leaves() ? "leaves" : node.trouble().isEmpty() ? "up" : "down",
        node.cut() ? "open" : "closed",
        node.trouble(),
        source ? "" : replica.source(),
        source || replica.lagMillis() < 0 ? "" : Long.toString(replica.lagMillis()),
        source ? "" : replica.problem());
  }

  /** A row a table, two for a double-sharding one. */
  AdminTables tables() {
    List<List<String>> rows = new ArrayList<>();
    for (LogicalTable table : existing().rules().rules().tables()) {
      for (int copy = 0; copy < table.strategies().size(); copy++) {
        Strategy strategy = table.strategies().get(copy);
        rows.add(
            List.of(
                table.name(),
                table.type().name().toLowerCase(Locale.ROOT),
                Integer.toString(copy),
                String.join(",", strategy.shardingColumns()),
                strategy.algorithm() == null ? "" : strategy.algorithm().description(),
                String.join(",", table.lockKey()),
                Integer.toString(strategy.shards().size()),
                strategy.shards().stream()
                    .map(ActualTable::toString)
                    .collect(Collectors.joining(","))));
      }
    }
    return new AdminTables(
        List.of(
            "name",
            "type",
            "copy",
            "sharding_columns",
            "algorithm",
            "lock_key",
            "shards",
            "actual_tables"),
        rows);
  }

  AdminTables rules() {
    RulesFigures figures = existing().rules();
    DalRules rules = figures.rules();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("document", figures.document()));
    rows.add(List.of("version", Long.toString(figures.number())));
    rows.add(List.of("in_force_since_utc", TIME.format(figures.since())));
    rows.add(List.of("refused", figures.refused()));
    rows.add(List.of("earlier_rules_draining", Integer.toString(figures.draining())));
    rows.add(List.of("schema", rules.schema()));
    rows.add(List.of("transaction_mode", rules.transactionMode().name().toLowerCase(Locale.ROOT)));
    rows.add(List.of("default_node", rules.defaultNode() == null ? "" : rules.defaultNode()));
    rows.add(List.of("statement_timeout_ms", Long.toString(rules.statementTimeout().toMillis())));
    rows.add(List.of("nodes", Integer.toString(rules.nodes().size())));
    rows.add(List.of("tables", Integer.toString(rules.tables().size())));
    return new AdminTables(List.of("name", "value"), rows);
  }

  /** What is prepared on the nodes and has no running transaction here. Waits for the nodes. */
  List<TransactionFigures> prepared() {
    if (engine == null) {
      return List.of();
    }
    return engine.prepared().stream()
        .map(
            branch ->
                new TransactionFigures(
                    0, "", branch.transaction(), branch.node(), state(branch), -1, problem(branch)))
        .toList();
  }

  private static String state(PreparedBranch branch) {
    return branch.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String problem(PreparedBranch branch) {
    return branch.problem();
  }

  /** Compares or mends the copies of a table. Waits. */
  AdminTables copies(AdminStatement.Copies wanted) {
    CopyReport report =
        wanted.repairs()
            ? existing().mendCopies(wanted.table(), wanted.right())
            : existing().compareCopies(wanted.table(), wanted.right());
    return new AdminTables(
        List.of("table", "right_copy", "rows", "differing", "mended", "examples"),
        List.of(
            List.of(
                wanted.table(),
                Integer.toString(wanted.right()),
                Long.toString(report.rows()),
                Long.toString(report.differing()),
                Long.toString(report.mended()),
                String.join("; ", report.examples()))));
  }

  /** Forgets what was decided for a node that is gone for good. Writes to the disk. */
  AdminTables forget(String node) {
    return new AdminTables(
        List.of("node", "forgotten"),
        List.of(List.of(node, Integer.toString(existing().forgetDecisions(node)))));
  }

  /**
   * Where a statement goes by the rules of now, as step, node and SQL; none if that isn't known.
   */
  List<List<String>> route(String schema, String sql) {
    if (engine == null) {
      return List.of();
    }
    List<List<String>> steps = new ArrayList<>();
    try (RowStream stream = engine.route(schema.isEmpty() ? null : schema, sql).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        steps.add(
            row.textValues().stream()
                .map(value -> new String(value, StandardCharsets.UTF_8))
                .toList());
      }
    } catch (DalException e) {
      return List.of(List.of("no plan", "", e.getMessage()));
    }
    return steps;
  }
}
