package io.piplan.proxy.differ;

import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A statement as it is sent.
 *
 * @param values of its parameters; null if it is sent as text
 */
record Sending(String sql, List<Object> values) {
  private static final Set<String> COMPARES =
      Set.of("=", "<", ">", "<=", ">=", "<>", "<=>", "!=", "BETWEEN", "LIKE", "LIMIT", "OFFSET");

  /** Some of what a statement compares with or writes become parameters. */
  static Sending of(Line line) {
    if (line.draws() == 0) {
      return new Sending(line.sql(), null);
    }
    Dice dice = new Dice(line.draws());
    List<Token> tokens = Tokens.of(line.sql());
    List<Object> values = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    Deque<Boolean> lists = new ArrayDeque<>();
    int from = 0;
    boolean rows = false;
    for (int i = 1; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Token before = tokens.get(i - 1);
      rows |= token.is("VALUES");
      rows &= !token.is("DUPLICATE");
      if (token.is("(")) {
        lists.push(before.is("IN") || (rows && (before.is("VALUES") || before.is(","))));
      } else if (token.is(")") && !lists.isEmpty()) {
        lists.pop();
      }
      boolean listed = !lists.isEmpty() && lists.peek() && (before.is("(") || before.is(","));
      boolean compared = COMPARES.stream().anyMatch(before::is);
      boolean counted = before.is("LIMIT") || before.is("OFFSET");
      if (isLiteral(token) && (compared || listed) && isAlone(tokens, i) && !dice.oneIn(4)) {
        text.append(line.sql(), from, token.begin()).append('?');
        values.add(value(token, counted, dice));
        from = token.end();
      }
    }
    return new Sending(text.append(line.sql().substring(from)).toString(), values);
  }

  private static boolean isLiteral(Token token) {
    return token.kind() == Token.Kind.NUMBER
        ? token.text().matches("[0-9][0-9.e]*")
        : token.kind() == Token.Kind.STRING && token.text().startsWith("'");
  }

  /** Not followed by what belongs to it. */
  private static boolean isAlone(List<Token> tokens, int at) {
    return at + 1 >= tokens.size()
        || !(tokens.get(at + 1).is("COLLATE") || tokens.get(at + 1).is("+"));
  }

  private static Object value(Token token, boolean counted, Dice dice) {
    String text = token.text();
    if (token.kind() == Token.Kind.STRING) {
      return text.substring(1, text.length() - 1)
          .replace("''", "'")
          .replace("\\\\", "\u0001")
          .replace("\u0001", "\\");
    }
    if (!text.matches("[0-9]+")) {
      return text.contains("e") ? Double.valueOf(text) : new BigDecimal(text);
    }
    if (text.length() > 9) {
      return new BigDecimal(text);
    }
    return counted || !dice.oneIn(3)
        ? (Object) Integer.valueOf(text)
        : dice.oneIn(2) ? (Object) Long.valueOf(text) : text;
  }

  /** Rows, the first of which tells the columns, or how many were changed. */
  List<String> answer(Connection connection, boolean folded) throws SQLException {
    if (values == null) {
      try (Statement statement = connection.createStatement()) {
        return statement.execute(sql) ? rows(statement, folded) : changed(statement);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      return statement.execute() ? rows(statement, folded) : changed(statement);
    }
  }

  private static List<String> changed(Statement statement) throws SQLException {
    return List.of("affected " + statement.getLargeUpdateCount());
  }

  private static List<String> rows(Statement statement, boolean folded) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.getResultSet()) {
      ResultSetMetaData told = result.getMetaData();
      // A column of bytes that is empty in all rows may have length 0: the driver calls it a text.
      boolean[] filled = new boolean[told.getColumnCount() + 1];
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= told.getColumnCount(); i++) {
          String text = text(result, i, told.getColumnType(i));
          filled[i] |= !text.isEmpty() && !text.equals("NULL");
          row.add(folded ? folded(text) : text);
        }
        rows.add(String.join("|", row));
      }
      rows.add(0, columns(told, filled, rows.isEmpty()));
    }
    return rows;
  }

  private static String columns(ResultSetMetaData told, boolean[] filled, boolean none)
      throws SQLException {
    StringBuilder columns = new StringBuilder();
    for (int i = 1; i <= told.getColumnCount(); i++) {
      // An expression that was prepared is named with its values: docs/known-issues.md.
      String label = told.getColumnLabel(i);
      boolean named = label.matches("\\w+");
      columns.append(named ? label : "expression").append(' ');
      String family = family(told, i);
      // The driver takes bytes for a text by the names of the table, of which there is none here.
      boolean text = family.equals("bytes") && (!named || !(filled[i] || none));
      columns.append(text ? "text" : family).append('|');
    }
    return columns.toString();
  }

  /** Where values are merged or written as literals, they may be longer than one server says. */
  private static String family(ResultSetMetaData told, int column) throws SQLException {
    return switch (told.getColumnType(column)) {
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> "whole";
      case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR -> "text";
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY -> "bytes";
      case Types.TIMESTAMP -> "moment";
      default -> told.getColumnTypeName(column);
    };
  }

  /**
   * Sums of floating numbers depend on their order; and binary rows of one server have more digits
   * of them than its texts, by which several shards are merged.
   */
  private static String text(ResultSet result, int column, int type) throws SQLException {
    switch (type) {
      case Types.DOUBLE, Types.REAL, Types.FLOAT -> {
        double value = result.getDouble(column);
        return result.wasNull() ? "NULL" : String.format(Locale.ROOT, "%.4e", value);
      }
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BIT -> {
        byte[] value = result.getBytes(column);
        return value == null ? "NULL" : HexFormat.of().formatHex(value);
      }
      default -> {
        String value = result.getString(column);
        return value == null ? "NULL" : value;
      }
    }
  }

  /** Coarser than any collation of ours. */
  private static String folded(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFD)
        .replaceAll("\\p{M}", "")
        .replaceAll("[^\\x{0}-\\x{ffff}]", "\ufffd")
        .toLowerCase(Locale.ROOT)
        .replaceAll(" +$", "");
  }
}
