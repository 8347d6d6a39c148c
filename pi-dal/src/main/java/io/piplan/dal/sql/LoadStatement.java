package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * LOAD DATA LOCAL INFILE: a file of the client's, whose rows are cut here and go to their tables as
 * they are.
 *
 * @param file its name, as the client is asked for it
 * @param schema null if the table is named without one
 * @param columns the fields of a row, in their order: a column's name, or a user variable; empty if
 *     the statement names none
 * @param computed the columns that SET computes
 */
public record LoadStatement(
    String text,
    String file,
    boolean replace,
    String schema,
    String table,
    List<String> columns,
    List<String> computed,
    long ignoredLines,
    Format format,
    Places places) {
  /** Those in which a byte below 128 means ASCII, wherever it stands. */
  private static final Set<String> CHARSETS =
      Set.of("utf8mb4", "utf8", "utf8mb3", "ascii", "binary");

  /** What would be the connection's own. */
  private static final Set<String> OF_ONE_CONNECTION =
      Set.of("LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS", "GET_LOCK", "RELEASE_LOCK", "SELECT");

  /**
   * How fields and rows end.
   *
   * @param enclosed -1 for none
   * @param escape -1 for none
   */
  public record Format(byte[] fieldEnd, int enclosed, int escape, byte[] lineEnd) {}

  /** Where something stands that nodes get in another form. */
  record Places(Span file, Span table, Span ignored, boolean namesCharset) {}

  public LoadStatement {
    columns = List.copyOf(columns);
    computed = List.copyOf(computed);
  }

  /** Whether a text is one, as far as its first words tell. */
  public static boolean isOne(String sql) {
    return sql.stripLeading().regionMatches(true, 0, "LOAD", 0, 4)
        && Tokens.of(sql).get(0).is("LOAD");
  }

  /**
   * Reads one.
   *
   * @throws DalException if it is none, or one whose rows can't be cut here
   */
  public static LoadStatement read(String sql) {
    return new Reader(sql).read();
  }

  /** For some of the rows, without the lines that are left out. */
  public String on(String actualTable) {
    List<Edit> edits = new ArrayList<>();
    edits.add(new Edit(places.file(), "'rows'"));
    String charset = places.namesCharset() ? "" : " CHARACTER SET utf8mb4";
    String name = "`" + actualTable.replace("`", "``") + "`";
    edits.add(new Edit(places.table(), name + charset));
    if (places.ignored() != null) {
      edits.add(new Edit(places.ignored(), ""));
    }
    return Edit.apply(text, edits);
  }

  /** Goes through the tokens once. */
  private static final class Reader {
    private final String sql;
    private final List<Token> tokens;
    private int at;

    Reader(String sql) {
      List<Token> all = Tokens.of(sql);
      int end = all.size();
      while (end > 0 && all.get(end - 1).is(";")) {
        end--;
      }
      this.tokens = all.subList(0, end);
      this.sql = end == 0 ? "" : sql.substring(0, all.get(end - 1).end());
    }

    LoadStatement read() {
      expect("LOAD");
      expect("DATA");
      if (!take("LOW_PRIORITY")) {
        take("CONCURRENT");
      }
      if (!take("LOCAL")) {
        throw refused(
            "LOAD DATA without LOCAL reads a file of a node's machine; write LOAD DATA LOCAL"
                + " INFILE, with a file of the client's");
      }
      expect("INFILE");
      Token file = next("the file's name");
      String name = text(file, "the file's name");
      boolean replace = take("REPLACE");
      if (!replace) {
        take("IGNORE");
      }
      expect("INTO");
      expect("TABLE");
      Token first = name("a table's name");
      boolean qualified = take(".");
      Token table = qualified ? name("a table's name") : first;
      if (take("PARTITION")) {
        throw refused("PARTITION in LOAD DATA is not supported; leave it out");
      }
      boolean charset = charset();
      Format format = format();
      Span ignored = null;
      long lines = 0;
      if (is("IGNORE")) {
        int begin = tokens.get(at++).begin();
        lines = number(next("a number of lines"));
        Token word = next("LINES");
        if (!word.is("LINES") && !word.is("ROWS")) {
          throw syntax("LINES", word);
        }
        ignored = new Span(begin, word.end());
      }
      List<String> columns = columns();
      List<String> computed = computed();
      Places places =
          new Places(
              new Span(file.begin(), file.end()),
              new Span(first.begin(), table.end()),
              ignored,
              charset);
      return new LoadStatement(
          sql,
          name,
          replace,
          qualified ? first.name() : null,
          table.name(),
          columns,
          computed,
          lines,
          format,
          places);
    }

    private boolean charset() {
      String name;
      if (take("CHARSET")) {
        name = next("a character set").name();
      } else if (is("CHARACTER")) {
        at++;
        expect("SET");
        name = next("a character set").name();
      } else {
        return false;
      }
      String plain = name.replaceAll("['\"]", "").toLowerCase(Locale.ROOT);
      if (!CHARSETS.contains(plain)) {
        throw refused(
            "a file in character set "
                + plain
                + " can't be cut into rows here; convert it to utf8mb4");
      }
      return true;
    }

    private Format format() {
      byte[] fieldEnd = {'\t'};
      int enclosed = -1;
      int escape = '\\';
      byte[] lineEnd = {'\n'};
      if (take("FIELDS") || take("COLUMNS")) {
        while (is("TERMINATED") || is("ENCLOSED") || is("OPTIONALLY") || is("ESCAPED")) {
          take("OPTIONALLY");
          Token what = next("TERMINATED");
          expect("BY");
          byte[] value = bytes(next("a text"), what.text());
          if (what.is("TERMINATED")) {
            fieldEnd = value;
          } else if (what.is("ENCLOSED")) {
            enclosed = one(value, what.text());
          } else if (what.is("ESCAPED")) {
            escape = one(value, what.text());
          } else {
            throw syntax("ENCLOSED BY", what);
          }
        }
      }
      if (take("LINES")) {
        while (is("TERMINATED") || is("STARTING")) {
          Token what = next("TERMINATED");
          expect("BY");
          byte[] value = bytes(next("a text"), what.text());
          if (what.is("TERMINATED")) {
            lineEnd = value;
          } else if (value.length > 0) {
            throw refused("LINES STARTING BY is not supported; write the file without it");
          }
        }
      }
      if (fieldEnd.length == 0
          || lineEnd.length == 0
          || java.util.Arrays.equals(fieldEnd, lineEnd)) {
        throw refused(
            "fields and lines that end with nothing, or both with the same text, can't be cut here;"
                + " write the file with FIELDS TERMINATED BY and LINES TERMINATED BY different texts");
      }
      return new Format(fieldEnd, enclosed, escape, lineEnd);
    }

    private byte[] bytes(Token token, String what) {
      byte[] value = text(token, what + " BY").getBytes(StandardCharsets.UTF_8);
      for (byte b : value) {
        if (b < 0) {
          throw refused(what + " BY " + token.text() + " is not of ASCII; choose another text");
        }
      }
      return value;
    }

    private int one(byte[] value, String what) {
      if (value.length > 1) {
        throw refused(what + " BY takes one character at most");
      }
      return value.length == 0 ? -1 : value[0];
    }

    private List<String> columns() {
      List<String> columns = new ArrayList<>();
      if (!take("(")) {
        return columns;
      }
      if (take(")")) {
        return columns;
      }
      do {
        columns.add(name("a column's name").name());
        if (is(".")) {
          throw refused("write the columns of LOAD DATA without their table");
        }
      } while (take(","));
      expect(")");
      return columns;
    }

    private List<String> computed() {
      List<String> computed = new ArrayList<>();
      if (at == tokens.size()) {
        return computed;
      }
      expect("SET");
      boolean begins = true;
      for (; at < tokens.size(); at++) {
        Token token = tokens.get(at);
        if (token.isName() && OF_ONE_CONNECTION.contains(token.name().toUpperCase(Locale.ROOT))) {
          throw refused(token.text() + " in SET of LOAD DATA is not supported; leave it out");
        }
        if (begins) {
          computed.add(name("a column's name").name());
          if (!is("=") && !is(":=")) {
            throw syntax("=", at < tokens.size() ? tokens.get(at) : null);
          }
        }
        begins = tokens.get(at).is(",") && tokens.get(at).depth() == 0;
      }
      return computed;
    }

    // --- tokens

    private boolean is(String word) {
      return at < tokens.size() && tokens.get(at).is(word);
    }

    private boolean take(String word) {
      boolean found = is(word);
      if (found) {
        at++;
      }
      return found;
    }

    private void expect(String word) {
      if (!take(word)) {
        throw syntax(word, at < tokens.size() ? tokens.get(at) : null);
      }
    }

    private Token next(String expected) {
      if (at == tokens.size()) {
        throw syntax(expected, null);
      }
      return tokens.get(at++);
    }

    private Token name(String expected) {
      Token token = next(expected);
      if (!token.isName()) {
        throw syntax(expected, token);
      }
      return token;
    }

    private static String text(Token token, String what) {
      return Optional.of(token)
          .filter(t -> t.kind() == Token.Kind.STRING)
          .map(t -> Literals.text(t.text()))
          .orElseThrow(() -> refused("write " + what + " as a text in quotes"));
    }

    private static long number(Token token) {
      if (token.kind() != Token.Kind.NUMBER || !token.text().matches("[0-9]{1,18}")) {
        throw syntax("a number", token);
      }
      return Long.parseLong(token.text());
    }

    private static DalException refused(String why) {
      return new DalException(DalError.REFUSED, why);
    }

    private static DalException syntax(String expected, Token found) {
      return new DalException(
          DalError.SYNTAX,
          "LOAD DATA: found "
              + (found == null ? "the end" : found.text())
              + ", expected "
              + expected);
    }
  }
}
