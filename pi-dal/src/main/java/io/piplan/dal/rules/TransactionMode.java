package io.piplan.dal.rules;

/** How a transaction over several nodes commits. */
public enum TransactionMode {
  /** One node after the other: a crash between them leaves some committed and others not. */
  SIMPLE,
  /** Two phases; the decision is stored before the second. */
  XA
}
