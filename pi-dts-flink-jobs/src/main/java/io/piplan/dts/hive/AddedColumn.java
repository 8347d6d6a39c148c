package io.piplan.dts.hive;

/**
 * A column that a table got while it was synced, with a value for the rows that were there.
 *
 * @param before the place of the change: rows of smaller places have the value
 * @param value as text that casts to the column's type
 */
record AddedColumn(String column, String before, String value) {}
