package io.piplan.dal.rules;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * One version of the configuration document, read and checked.
 *
 * @param schema the one logical schema that apps see
 * @param defaultNode where tables are that the document doesn't name; null if there are none
 * @param statementTimeout after which a statement on a node is stopped
 * @param replicaReads what reads on replicas may miss
 * @param sequences where ids come from; null if nowhere
 * @param zones which site this is; null if there is only one
 */
public record DalRules(
    String schema,
    TransactionMode transactionMode,
    String defaultNode,
    Duration statementTimeout,
    List<NodeRule> nodes,
    List<LogicalTable> tables,
    ReplicaReads replicaReads,
    SequenceServers sequences,
    ZoneRules zones) {
  public DalRules {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(replicaReads, "replicaReads");
    nodes = List.copyOf(nodes);
    tables = List.copyOf(tables);
  }

  /** Names of tables compare without case. */
  public Optional<LogicalTable> table(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return tables.stream()
        .filter(table -> table.name().toLowerCase(Locale.ROOT).equals(lower))
        .findFirst();
  }

  public Optional<NodeRule> node(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
  }

  /** Where statements go that need no table. */
  public String anyNode() {
    return defaultNode != null
        ? defaultNode
        : nodes.stream().filter(node -> !node.isReplica()).findFirst().orElseThrow().name();
  }
}
