package io.piplan.proxy.rights;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.LoadStatement;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.StatementSize;
import io.piplan.dal.sql.TableUse;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Compares statements with a user's rights. What isn't understood whole is refused: whoever has not
 * all rights sends ordinary statements only.
 */
public final class StatementRights {
  private static final StatementSize SIZE = StatementSize.ofThisProcess();

  private static final Set<String> OF_THE_SESSION =
      Set.of("BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "KILL");

  /** What SHOW tells of no schema. */
  private static final Set<String> SHOWN_TO_ALL =
      Set.of(
          "DATABASES",
          "SCHEMAS",
          "VARIABLES",
          "STATUS",
          "WARNINGS",
          "ERRORS",
          "COUNT",
          "COLLATION",
          "CHARACTER",
          "CHARSET",
          "ENGINES",
          "STORAGE",
          "SESSION",
          "GLOBAL",
          "LOCAL",
          "PI",
          "PROCESSLIST");

  private static final Set<String> FILES = Set.of("OUTFILE", "DUMPFILE", "LOAD_FILE");
  private static final Set<String> SHOWS_TABLES = Set.of("TABLES", "TABLE", "FULL", "TRIGGERS");
  private static final String INFORMATION_SCHEMA = "information_schema";

  /** What tells of no statements of others, no data and no programs. */
  private static final Set<String> INFORMATION_FOR_ALL =
      Set.of(
          "CHARACTER_SETS",
          "CHECK_CONSTRAINTS",
          "COLLATIONS",
          "COLLATION_CHARACTER_SET_APPLICABILITY",
          "COLUMNS",
          "ENGINES",
          "KEYWORDS",
          "KEY_COLUMN_USAGE",
          "PARAMETERS",
          "PARTITIONS",
          "REFERENTIAL_CONSTRAINTS",
          "SCHEMATA",
          "STATISTICS",
          "TABLES",
          "TABLE_CONSTRAINTS",
          "VIEWS");

  private static final Set<String> BEFORE_AN_EXPLAINED_STATEMENT =
      Set.of("EXPLAIN", "DESCRIBE", "DESC", "ROUTE", "EXTENDED", "PARTITIONS", "ANALYZE");

  /** What may stand between CREATE, ALTER, DROP and TABLE or INDEX. */
  private static final Set<String> OF_DDL =
      Set.of("OR", "REPLACE", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "IGNORE", "ONLINE");

  /** By these a table would be made of others, or of files. */
  private static final Set<String> OF_OTHER_TABLES =
      Set.of(
          "SELECT", "WITH", "LIKE", "UNION", "EXCHANGE", "CONNECTION", "DIRECTORY", "TABLESPACE");

  /**
   * What a server with another character set takes for a space, and a byte that is no character.
   */
  private static final Set<Integer> SPACES = Set.of(0xa0, 0xfffd);

  private static final Set<String> OWN_ENGINES =
      Set.of("innodb", "myisam", "aria", "memory", "heap", "rocksdb", "myrocks", "ndb");

  private static final Set<String> OF_A_SEQUENCE = Set.of("NEXTVAL", "SETVAL");

  /** Before the name of the table that gets rows. */
  private static final Set<String> OF_INSERT =
      Set.of("INSERT", "REPLACE", "INTO", "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED");

  /** Statements in which a table is named with its columns. */
  private static final Set<String> DEFINES = Set.of("CREATE", "ALTER", "DROP", "LOAD");

  private static final Set<String> BEFORE_A_DEFINED_TABLE =
      Set.of("TABLE", "EXISTS", "ON", "REFERENCES");

  /** By these words an expression would read tables, or the statement would be another one. */
  private static final Set<String> BEYOND_AN_EXPRESSION =
      Set.of("SELECT", "VALUES", "INTO", "FOR", "FROM", "TABLE");

  private static final String SYMBOLS = "=<>!+-*/%&|^~(),.;:?{}";

  private final UserRights rights;
  private final String schema;

  /**
   * @param schema the current one; null for none
   */
  public StatementRights(UserRights rights, String schema) {
    this.rights = rights;
    this.schema = schema;
  }

  /**
   * Checks the statements of a text.
   *
   * @throws ProxyException if one of them may not run
   */
  public void check(String sql) {
    List<Token> tokens = tokens(sql);
    List<String> statements = statements(sql, tokens);
    for (String statement : statements) {
      one(statement, statements.size() == 1);
    }
  }

  /**
   * Checks a statement that is to be prepared.
   *
   * @throws ProxyException if it may not run
   */
  public void checkPrepared(String sql) {
    for (String statement : statements(sql, tokens(sql))) {
      one(statement, false);
    }
  }

  /** What a server might cut into other tokens than we do is refused. */
  private static List<Token> tokens(String sql) {
    List<Token> tokens;
    try {
      SIZE.check(sql);
      tokens = Tokens.of(sql);
    } catch (DalException e) {
      throw e.mysqlNumber() == ProxyError.STATEMENT_TOO_LARGE.number()
          ? new ProxyException(ProxyError.STATEMENT_TOO_LARGE, e.getMessage())
          : notUnderstood(e.getMessage());
    }
    int from = 0;
    for (Token token : tokens) {
      plain(sql, from, token.begin());
      from = token.end();
      if (token.kind() == Token.Kind.WORD && token.text().chars().anyMatch(SPACES::contains)) {
        throw notUnderstood(
            "a space that is none in ASCII outside of texts and names in backticks");
      }
      if (token.kind() == Token.Kind.SYMBOL
          && !token.text().chars().allMatch(c -> SYMBOLS.indexOf(c) >= 0)) {
        throw notUnderstood("the character " + token.text());
      }
    }
    plain(sql, from, sql.length());
    return tokens;
  }

  /** Spaces and comments. */
  private static void plain(String sql, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = sql.charAt(i);
      if (c == 0x7f || (c < ' ' && !(c >= '\t' && c <= '\r'))) {
        throw notUnderstood("a control character outside of texts");
      }
    }
  }

  private static List<String> statements(String sql, List<Token> tokens) {
    List<String> statements = new ArrayList<>();
    int from = -1;
    int to = 0;
    for (Token token : tokens) {
      if (!token.is(";")) {
        from = from < 0 ? token.begin() : from;
        to = token.end();
      } else if (from >= 0) {
        statements.add(sql.substring(from, to));
        from = -1;
      }
    }
    if (from >= 0) {
      statements.add(sql.substring(from, to));
    }
    return statements;
  }

  /**
   * @param alone whether the proxy sees it as one statement, and answers some itself
   */
  private void one(String sql, boolean alone) {
    List<Token> tokens = Tokens.of(sql);
    tokens.stream()
        .filter(token -> FILES.stream().anyMatch(token::is))
        .findFirst()
        .ifPresent(
            token -> {
              throw notUnderstood(token.text() + " reaches files of the server");
            });
    functions(tokens);
    sequences(tokens);
    String first = tokens.get(0).text().toUpperCase(Locale.ROOT);
    if (OF_THE_SESSION.contains(first)) {
      ofTheSession(tokens, alone);
      return;
    }
    if (alone && isOfTheProxy(tokens)) {
      // Which looks whether the user is an administrator.
      return;
    }
    switch (first) {
      case "SET" -> {
        no(tokens, BEYOND_AN_EXPRESSION);
        SetRights.check(tokens);
        names(tokens, Set.of(), Access.READ);
      }
      case "USE" -> use(tokens, alone);
      case "SHOW" -> show(sql, tokens, alone);
      case "DO" -> {
        noSubquery(tokens);
        no(tokens, Set.of("TABLE", "VALUES", "INTO"));
        names(tokens, Set.of(), Access.READ);
      }
      case "CALL" -> call(tokens);
      case "LOAD" -> load(sql, tokens);
      case "EXPLAIN", "DESCRIBE", "DESC", "ANALYZE" -> explain(sql, tokens);
      default -> tables(sql, tokens);
    }
  }

  private static boolean isOfTheProxy(List<Token> tokens) {
    Token first = tokens.get(0);
    return tokens.size() == 1
        ? first.is("RELOAD")
        : (tokens.get(1).is("COPIES") && (first.is("CHECK") || first.is("REPAIR")))
            || (tokens.get(1).is("DECISIONS") && first.is("FORGET"));
  }

  /** BEGIN also begins a program. */
  private static void ofTheSession(List<Token> tokens, boolean alone) {
    Token first = tokens.get(0);
    if (first.is("KILL") && !alone) {
      throw notUnderstood("KILL among other statements, or prepared");
    }
    boolean begin = first.is("BEGIN") && tokens.size() > 1 && !tokens.get(1).is("WORK");
    boolean start = first.is("START") && (tokens.size() < 2 || !tokens.get(1).is("TRANSACTION"));
    if (begin || start || tokens.size() > 10) {
      throw notUnderstood("this form of " + first.text());
    }
    noSubquery(tokens);
    no(tokens, Set.of("TABLE", "VALUES"));
  }

  static ProxyException notUnderstood(String why) {
    return new ProxyException(
        ProxyError.NOT_SUPPORTED,
        "a user without all rights can't send this: "
            + why
            + "; give the user all rights, or write it otherwise");
  }

  /** A function of a schema may do anything there. */
  private void functions(List<Token> tokens) {
    for (int i = 0; i + 3 < tokens.size(); i++) {
      if (tokens.get(i).isName()
          && tokens.get(i + 1).is(".")
          && tokens.get(i + 2).isName()
          && tokens.get(i + 3).is("(")
          && !isAfterInto(tokens, i)) {
        rights.check(tokens.get(i).name(), tokens.get(i + 2).name(), Access.WRITE, "EXECUTE");
      }
    }
  }

  /** Whoever takes a number of a sequence changes it, in whatever statement he does. */
  private void sequences(List<Token> tokens) {
    for (int i = 0; i + 2 < tokens.size(); i++) {
      boolean called = isOne(tokens.get(i), OF_A_SEQUENCE) && tokens.get(i + 1).is("(");
      boolean next =
          tokens.get(i).is("NEXT") && tokens.get(i + 1).is("VALUE") && tokens.get(i + 2).is("FOR");
      if ((called || next) && !isAfterInto(tokens, i)) {
        sequence(tokens, next ? i + 3 : i + 2);
      }
    }
  }

  private void sequence(List<Token> tokens, int at) {
    boolean qualified = at + 2 < tokens.size() && tokens.get(at + 1).is(".");
    int name = qualified ? at + 2 : at;
    if (name >= tokens.size() || !tokens.get(at).isName() || !tokens.get(name).isName()) {
      throw notUnderstood("a sequence without its name");
    }
    String of = qualified ? tokens.get(at).name() : schema;
    rights.check(current(of), tokens.get(name).name(), Access.WRITE, "INSERT");
  }

  /** INSERT INTO a.b (…): no function, whose rights are looked at with the table. */
  private static boolean isAfterInto(List<Token> tokens, int at) {
    if (at == 0) {
      return false;
    }
    boolean target = tokens.subList(0, at).stream().allMatch(token -> isOne(token, OF_INSERT));
    boolean defined =
        isOne(tokens.get(0), DEFINES) && isOne(tokens.get(at - 1), BEFORE_A_DEFINED_TABLE);
    return target || defined;
  }

  private static boolean isOne(Token token, Set<String> words) {
    return words.stream().anyMatch(token::is);
  }

  private static void noSubquery(List<Token> tokens) {
    if (count(tokens, "SELECT") > 0) {
      throw notUnderstood("a subquery in " + tokens.get(0).text());
    }
  }

  private static void no(List<Token> tokens, Set<String> words) {
    for (Token token : tokens) {
      if (isOne(token, words)) {
        throw notUnderstood(token.text() + " in " + tokens.get(0).text());
      }
    }
  }

  private static long count(List<Token> tokens, String word) {
    return tokens.stream().filter(token -> token.is(word)).count();
  }

  /** Which schema is the current one must be known before the next statement is looked at. */
  private void use(List<Token> tokens, boolean alone) {
    boolean plain =
        tokens.size() == 2
            && tokens.get(1).isName()
            && tokens.get(1).name().chars().noneMatch(c -> c == '`' || c == '@');
    if (!alone) {
      throw notUnderstood("USE among other statements, or prepared; send it alone");
    } else if (plain) {
      rights.checkSchema(tokens.get(1).name());
    } else {
      throw notUnderstood("this form of USE");
    }
  }

  private void show(String sql, List<Token> tokens, boolean alone) {
    noSubquery(tokens);
    no(tokens, Set.of("VALUES", "INTO", "FOR"));
    if (tokens.size() > 3) {
      // SHOW TABLE STATUS, SHOW CREATE TABLE; elsewhere it would read one.
      no(tokens.subList(3, tokens.size()), Set.of("TABLE"));
    }
    String what = tokens.size() < 2 ? "" : tokens.get(1).text().toUpperCase(Locale.ROOT);
    if (count(tokens, "PROCESSLIST") > 0 && !alone) {
      throw notUnderstood("SHOW PROCESSLIST among other statements, or prepared; send it alone");
    }
    if (SHOWN_TO_ALL.contains(what)) {
      names(tokens, Set.of(), Access.READ);
      return;
    }
    boolean columns =
        tokens.stream()
            .anyMatch(
                token ->
                    Set.of("COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS").stream()
                        .anyMatch(token::is));
    boolean createTable = what.equals("CREATE") && tokens.size() > 2 && tokens.get(2).is("TABLE");
    if (columns || createTable) {
      described(sql);
    } else if (SHOWS_TABLES.contains(what)) {
      tablesOf(tokens);
    } else {
      throw notUnderstood("SHOW " + what);
    }
  }

  /** SHOW [FULL] TABLES, SHOW TABLE STATUS, SHOW TRIGGERS, of a schema. */
  private void tablesOf(List<Token> tokens) {
    String asked = schema;
    for (int i = 2; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).is("FROM") || tokens.get(i).is("IN")) {
        asked = tokens.get(i + 1).name();
        break;
      }
    }
    if (asked != null) {
      rights.checkSchema(asked);
    }
  }

  private void explain(String sql, List<Token> tokens) {
    int i = 0;
    while (i < tokens.size() && isOne(tokens.get(i), BEFORE_AN_EXPLAINED_STATEMENT)) {
      i++;
    }
    if (i + 2 < tokens.size() && tokens.get(i).is("FORMAT") && tokens.get(i + 1).is("=")) {
      i += 3;
    }
    boolean statement =
        i < tokens.size()
            && isOne(
                tokens.get(i),
                Set.of("SELECT", "WITH", "(", "INSERT", "REPLACE", "UPDATE", "DELETE"));
    if (statement) {
      tables(sql.substring(tokens.get(i).begin()), tokens.subList(i, tokens.size()));
    } else if (i < tokens.size() && tokens.get(i).is("FOR")) {
      throw notUnderstood("EXPLAIN FOR …, of what others run or of another schema");
    } else {
      described(sql);
    }
  }

  /** Its procedures are a schema's. */
  private void call(List<Token> tokens) {
    noSubquery(tokens);
    no(tokens, Set.of("TABLE", "VALUES"));
    boolean qualified = tokens.size() > 3 && tokens.get(2).is(".");
    int name = qualified ? 3 : 1;
    boolean plain =
        tokens.size() > name
            && tokens.get(name).isName()
            && (tokens.size() == name + 1 || tokens.get(name + 1).is("("));
    if (!plain) {
      throw notUnderstood("this form of CALL");
    }
    names(tokens.subList(name + 1, tokens.size()), Set.of(), Access.READ);
    String of = qualified ? tokens.get(1).name() : schema;
    rights.check(current(of), tokens.get(name).name(), Access.WRITE, "EXECUTE");
  }

  private void load(String sql, List<Token> tokens) {
    noSubquery(tokens);
    if (count(tokens, "TABLE") > 1) {
      throw notUnderstood("a subquery in " + tokens.get(0).text());
    }
    LoadStatement load;
    try {
      load = LoadStatement.read(sql);
    } catch (DalException e) {
      throw notUnderstood(e.getMessage());
    }
    rights.check(
        current(load.schema() == null ? schema : load.schema()),
        load.table(),
        Access.WRITE,
        "INSERT");
    names(tokens, Set.of(load.table().toLowerCase(Locale.ROOT)), Access.READ);
  }

  private void described(String sql) {
    if (read(sql) instanceof Statement.Show show && show.table() != null) {
      check(show.table(), Access.READ, "SELECT");
    } else {
      throw notUnderstood("what is asked is not a table");
    }
  }

  private static Statement read(String sql) {
    try {
      return StatementReader.read(sql);
    } catch (DalException e) {
      throw e.error() == DalError.SYNTAX
          ? new ProxyException(ProxyError.SYNTAX, e.getMessage(), e)
          : notUnderstood(e.getMessage());
    }
  }

  private void tables(String sql, List<Token> tokens) {
    Statement statement = read(sql);
    long selects = count(tokens, "SELECT");
    long found = 0;
    boolean ddl = statement instanceof Statement.Ddl;
    Set<String> known = new HashSet<>();
    if (statement instanceof Statement.Query query) {
      found = query.blocks().size();
      blocks(query.blocks(), query.locksWithin() ? Access.WRITE : Access.READ, "SELECT", known);
    } else if (statement instanceof Statement.Insert insert) {
      found = insert.source().size();
      check(insert.table(), Access.WRITE, insert.replace() ? "REPLACE" : "INSERT");
      known.add(insert.table().name().toLowerCase(Locale.ROOT));
      blocks(insert.source(), Access.READ, "SELECT", known);
    } else if (statement instanceof Statement.Change change) {
      found = change.blocks().size() - 1L;
      String what = change.delete() ? "DELETE" : "UPDATE";
      blocks(change.blocks().subList(0, 1), Access.WRITE, what, known);
      blocks(change.blocks().subList(1, change.blocks().size()), Access.READ, "SELECT", known);
    } else if (statement instanceof Statement.Ddl defined) {
      definition(defined, tokens);
      known.add(defined.table().name().toLowerCase(Locale.ROOT));
    } else {
      throw notUnderstood(tokens.get(0).text() + " in this place");
    }
    // Each SELECT was looked at, and no table is named in another way.
    if (found != selects || count(tokens, "TABLE") > (ddl ? 1 : 0)) {
      throw notUnderstood("not all of its tables are found");
    }
    derived(tokens, known);
    names(tokens, known, ddl ? Access.ALL : Access.READ);
  }

  private void definition(Statement.Ddl ddl, List<Token> tokens) {
    check(ddl.table(), Access.ALL, ddl.verb());
    int object = 1;
    while (object < tokens.size() && isOne(tokens.get(object), OF_DDL)) {
      object++;
    }
    boolean plain =
        object < tokens.size()
            && (ddl.verb().equals("TRUNCATE")
                || isOne(tokens.get(object), Set.of("TABLE", "INDEX")));
    if (!plain) {
      throw notUnderstood("this form of " + ddl.verb());
    }
    for (int i = 0; i < tokens.size(); i++) {
      if (isOne(tokens.get(i), OF_OTHER_TABLES)) {
        throw notUnderstood(tokens.get(i).text() + " in " + ddl.verb());
      }
      if (tokens.get(i).is("ENGINE")) {
        int name = i + 1 < tokens.size() && tokens.get(i + 1).is("=") ? i + 2 : i + 1;
        String engine = name < tokens.size() ? tokens.get(name).text() : "";
        if (!OWN_ENGINES.contains(engine.toLowerCase(Locale.ROOT))) {
          throw notUnderstood("a table of engine " + engine);
        }
      }
    }
  }

  private void blocks(List<Block> blocks, Access needed, String what, Set<String> known) {
    for (Block block : blocks) {
      for (TableUse table : block.tables()) {
        check(table, needed, what);
        known.add(table.name().toLowerCase(Locale.ROOT));
        known.add(table.label().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** The names of subqueries: {@code (…) AS name} and {@code WITH name AS (…)}. */
  private static void derived(List<Token> tokens, Set<String> known) {
    for (int i = 1; i < tokens.size(); i++) {
      int name = tokens.get(i).is("AS") ? i + 1 : i;
      if (tokens.get(i - 1).is(")") && name < tokens.size() && tokens.get(name).isName()) {
        known.add(tokens.get(name).name().toLowerCase(Locale.ROOT));
      }
      if (i + 1 < tokens.size() && tokens.get(i).is("AS") && tokens.get(i + 1).is("(")) {
        common(tokens, i).ifPresent(known::add);
      }
    }
  }

  /** WITH name AS (…), or with its columns in brackets before AS. */
  private static Optional<String> common(List<Token> tokens, int as) {
    int name = as - 1;
    if (tokens.get(name).is(")")) {
      int depth = tokens.get(name).depth();
      while (name > 0 && !(tokens.get(name).is("(") && tokens.get(name).depth() == depth)) {
        name--;
      }
      name--;
    }
    return name >= 0 && tokens.get(name).isName()
        ? Optional.of(tokens.get(name).name().toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  /**
   * Whatever is named with a dot and is no table of the statement is taken for a schema: so nothing
   * is reached by a form of SQL that we read wrongly.
   *
   * @param known tables and aliases, in lower case
   */
  private void names(List<Token> tokens, Set<String> known, Access needed) {
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean first = token.isName() && (i == 0 || !tokens.get(i - 1).is("."));
      if (first
          && tokens.get(i + 1).is(".")
          && !token.text().startsWith("@")
          && !known.contains(token.name().toLowerCase(Locale.ROOT))) {
        String named = i + 2 < tokens.size() ? tokens.get(i + 2).text() : "";
        rights.check(token.name(), named, needed, tokens.get(0).text());
      }
    }
  }

  private String current(String named) {
    if (named == null) {
      throw new ProxyException(ProxyError.NO_SCHEMA, "No database selected");
    }
    return named;
  }

  private void check(TableUse table, Access needed, String what) {
    String named = current(table.schema() == null ? schema : table.schema());
    rights.check(named, table.name(), needed, what);
    if (named.equalsIgnoreCase(INFORMATION_SCHEMA)
        && !rights.names(named)
        && !INFORMATION_FOR_ALL.contains(table.name().toUpperCase(Locale.ROOT))) {
      throw new ProxyException(
          ProxyError.TABLE_DENIED,
          what
              + " command denied to user '"
              + rights.user()
              + "' for table 'information_schema."
              + table.name()
              + "': it tells of others too; give the user the right read in information_schema");
    }
  }
}
