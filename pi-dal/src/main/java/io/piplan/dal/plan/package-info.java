/**
 * (statement, rules) → plan. Pure: no connection, clock or thread. What can't be answered correctly
 * is refused here, with the reason and what to write instead.
 */
package io.piplan.dal.plan;
