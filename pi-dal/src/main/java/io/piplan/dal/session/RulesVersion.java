package io.piplan.dal.session;

import io.piplan.dal.plan.Planner;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.DalRules;

/**
 * Rules and the shapes of real tables that belong together. A transaction ends on those it began
 * with.
 */
record RulesVersion(
    DalRules rules, Catalog catalog, Planner planner, LogicalNames names, Generation generation) {
  static RulesVersion of(
      DalRules rules, Catalog catalog, Generation generation, boolean generatesIds) {
    return new RulesVersion(
        rules,
        catalog,
        new Planner(rules, catalog, generatesIds),
        new LogicalNames(rules),
        generation);
  }
}
