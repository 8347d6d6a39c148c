package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.sql.Statement;
import java.util.List;

/** What to run where. */
public sealed interface Plan {
  <R> R accept(Visitor<R> visitor);

  /** Does something for each kind of plan. */
  interface Visitor<R> {
    R oneNode(OneNode plan);

    R scatter(Scatter plan);

    R write(Write plan);

    R ddl(Ddl plan);

    R move(Move plan);

    R nested(Nested plan);

    R copyRows(CopyRows plan);

    R ids(Ids plan);

    R versioned(Versioned plan);

    R refused(Refused plan);
  }

  /**
   * One statement on one node, whose answer is passed on as it is.
   *
   * @param writes whether it changes rows
   */
  record OneNode(NodeSql sql, boolean writes) implements Plan {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.oneNode(this);
    }
  }

  /**
   * A query on several shards at once.
   *
   * @param parts in the order of their shards
   * @param unions null if each part runs by itself
   * @param locks whether it locks what it reads: then its parts run one after the other, in the
   *     order in which writes lock rows
   */
  record Scatter(List<NodeSql> parts, MergeSpec merge, NodeUnions unions, boolean locks)
      implements Plan {
    public Scatter {
      parts = List.copyOf(parts);
    }

    /** Each part runs by itself. */
    public Scatter(List<NodeSql> parts, MergeSpec merge, boolean locks) {
      this(parts, merge, null, locks);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.scatter(this);
    }
  }

  /**
   * Several writes that take effect together.
   *
   * @param counted how many of the parts, from the first, count for affected rows: the others write
   *     copies of the same rows
   */
  record Write(List<NodeSql> parts, int counted) implements Plan {
    public Write {
      parts = List.copyOf(parts);
    }

    /** Whether the same rows are written more than once, and must become equal. */
    public boolean copies() {
      return counted < parts.size();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.write(this);
    }
  }

  /** DDL on each actual table. It commits by itself, one after the other. */
  record Ddl(List<NodeSql> parts) implements Plan {
    public Ddl {
      parts = List.copyOf(parts);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.ddl(this);
    }
  }

  /**
   * An UPDATE of sharding columns: rows are changed where they are, then those that belong to
   * another shard by their new values are moved there.
   *
   * @param copies of the same rows; the first counts for affected rows
   */
  record Move(List<MovedCopy> copies) implements Plan {
    public Move {
      copies = List.copyOf(copies);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.move(this);
    }
  }

  /**
   * A statement whose subqueries run first; their values are written into it, and what that makes
   * is planned then.
   */
  record Nested(Statement statement, List<Subquery> subqueries) implements Plan {
    public Nested {
      subqueries = List.copyOf(subqueries);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.nested(this);
    }
  }

  /** An INSERT … SELECT whose rows are read, and planned again as values. */
  record CopyRows(ReadRows rows) implements Plan {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.copyRows(this);
    }
  }

  /** An INSERT that needs ids first, and is planned again with them. */
  record Ids(MissingIds missing) implements Plan {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.ids(this);
    }
  }

  /** A write of rows with versions, which is planned when a number of the clock is there. */
  record Versioned(VersionedWrite write) implements Plan {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.versioned(this);
    }
  }

  /** It would be wrong. */
  record Refused(DalError error, String reason) implements Plan {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.refused(this);
    }
  }
}
