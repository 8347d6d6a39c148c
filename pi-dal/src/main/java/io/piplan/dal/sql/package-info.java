/**
 * SQL text → our records. It reads the structure that routing needs and leaves every other part of
 * the text alone, so that nodes get what the app wrote. It knows neither rules nor nodes.
 */
package io.piplan.dal.sql;
