package io.piplan.dal.sql;

import java.util.List;

/**
 * One SELECT with its tables, or an UPDATE or DELETE; subqueries are blocks of their own.
 *
 * @param derived whether it reads from subqueries or table functions too
 * @param outerDerived whether one of those keeps its rows in an outer join
 */
public record Block(List<TableUse> tables, Condition where, boolean derived, boolean outerDerived) {
  public Block {
    tables = List.copyOf(tables);
  }
}
