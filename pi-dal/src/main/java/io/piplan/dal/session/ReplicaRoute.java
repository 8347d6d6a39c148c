package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.Replicas;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Hints;
import io.piplan.dal.sql.ServerFunctions;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.TableUse;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Where the reads of one statement may go beside their sources. What a replica can't answer the
 * source is asked for: its answer counts, also if it is the same error.
 */
final class ReplicaRoute {
  private final Replicas replicas;
  private final OptionalLong since;

  private ReplicaRoute(Replicas replicas, OptionalLong since) {
    this.replicas = replicas;
    this.since = since;
  }

  /** All reads go to the sources. */
  static ReplicaRoute none() {
    return new ReplicaRoute(null, OptionalLong.empty());
  }

  /**
   * The way of a statement outside of any transaction.
   *
   * @param since what was committed before this time must be seen
   */
  static ReplicaRoute of(Statement statement, Replicas replicas, OptionalLong since) {
    return statement instanceof Statement.Query query && isFree(query)
        ? new ReplicaRoute(replicas, since)
        : none();
  }

  private static boolean isFree(Statement.Query query) {
    List<TableUse> tables =
        query.blocks().stream().map(Block::tables).flatMap(List::stream).toList();
    if (query.locks() || tables.isEmpty() || Hints.of(query.text()).source()) {
      return false;
    }
    // Each node has these of its own.
    if (tables.stream().anyMatch(table -> table.schema() != null && isSystem(table.schema()))) {
      return false;
    }
    List<Token> tokens = Tokens.of(query.text());
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Token token = tokens.get(i);
      Token next = tokens.get(i + 1);
      boolean locks =
          (token.is("FOR") && (next.is("UPDATE") || next.is("SHARE")))
              || (token.is("LOCK") && next.is("IN"));
      boolean sequence = token.is("VALUE") && next.is("FOR");
      boolean function =
          next.is("(") && ServerFunctions.isOne(token, ServerFunctions.OF_THE_SOURCE);
      if (locks || sequence || function || token.is("INTO") || token.text().startsWith("@@")) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSystem(String schema) {
    return Set.of("information_schema", "performance_schema", "mysql", "sys")
        .contains(schema.toLowerCase(Locale.ROOT));
  }

  /** Empty if the source takes it. */
  Optional<String> replica(String source) {
    return replicas == null ? Optional.empty() : replicas.choose(source, since);
  }

  /** A node failed: if it is a replica that can't be reached, it is left alone. */
  void failed(String replica, DalException e) {
    if (replicas != null && e.error() == DalError.NODE_UNREACHABLE) {
      replicas.failed(replica, e.getMessage());
    }
  }

  /** Whether the source may do better. */
  static boolean isRepeated(DalException e) {
    return e.error() == DalError.NODE
        || e.error() == DalError.NODE_UNREACHABLE
        || e.error() == DalError.NO_CONNECTION_IN_TIME
        || e.error() == DalError.NODE_PROTOCOL;
  }
}
