package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SqlScript.Piece;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.ExplainSync;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.SetOption;
import io.piplan.dts.sql.Statement.StatementSet;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tells the statements of a definition apart and parses those that are ours. */
final class DefinitionParser {
  private final SourceText source;
  private final SecretLookup secrets;
  private final Map<String, CreateCatalog> catalogs = new HashMap<>();
  private final Set<String> foreignCatalogs = new HashSet<>();
  private final Set<String> syncNames = new HashSet<>();

  DefinitionParser(SourceText source, SecretLookup secrets) {
    this.source = source;
    this.secrets = secrets;
  }

  Definition parse() {
    List<Statement> statements = new ArrayList<>();
    SqlScript script = SqlScript.split(source);
    script.refuseSecretsInHints();
    for (Piece piece : script.pieces()) {
      statements.add(statement(piece));
    }
    return new Definition(source.name(), script.withoutSecretsInComments(), statements);
  }

  private Statement statement(Piece piece) {
    TokenReader tokens = new TokenReader(source, piece.tokens());
    if (tokens.isNext("CREATE", "CATALOG")) {
      return createCatalog(piece, tokens);
    }
    if (tokens.isNext("SYNC")) {
      return sync(piece, tokens, true);
    }
    if (tokens.isNext("EXPLAIN", "SYNC")) {
      tokens.take();
      return new ExplainSync(location(piece), piece.text(source), sync(piece, tokens, false));
    }
    if (tokens.isNext("SET") && tokens.peek(1).isString()) {
      return setOption(piece, tokens);
    }
    if (!piece.inner().isEmpty() && !tokens.isNext("EXPLAIN") && !tokens.isNext("COMPILE")) {
      return new StatementSet(
          location(piece), piece.text(source), piece.inner().stream().map(this::insert).toList());
    }
    return flink(piece);
  }

  private FlinkStatement insert(Piece piece) {
    if (!piece.first().isWord("INSERT")) {
      throw new TokenReader(source, piece.tokens()).unexpected("INSERT");
    }
    return flink(piece);
  }

  private FlinkStatement flink(Piece piece) {
    TokenReader tokens = new TokenReader(source, piece.tokens());
    if (!FlinkKeywords.beginStatement(tokens.peek())) {
      throw tokens.unexpected(FlinkKeywords.STATEMENTS);
    }
    OptionList.within(source, piece.tokens()).forEach(OptionText::refuseLiteralSecret);
    return new FlinkStatement(
        location(piece),
        piece.text(source),
        OptionList.resolved(source, piece, secrets),
        piece.first().isWord("INSERT"));
  }

  private Statement createCatalog(Piece piece, TokenReader tokens) {
    tokens.expect("CREATE", "CATALOG");
    boolean ifNotExists = tokens.takeIf("IF", "NOT", "EXISTS");
    Token name = tokens.expectIdentifier("the name of the catalog");
    String comment = tokens.takeIf("COMMENT") ? tokens.expectString("the comment").value() : "";
    tokens.expect("WITH");
    Map<String, OptionText> options = OptionList.parse(tokens);
    expectEnd(tokens);
    OptionText typeText = options.get("type");
    Optional<CatalogType> type =
        typeText == null ? Optional.empty() : CatalogType.of(typeText.resolve(secrets));
    if (type.isEmpty()) {
      checkMisspeltType(typeText);
      foreignCatalogs.add(name.value());
      return flink(piece);
    }
    options.values().forEach(OptionText::refuseLiteralSecret);
    CreateCatalog catalog =
        new CreateCatalog(
            location(piece),
            piece.text(source),
            name.value(),
            ifNotExists,
            comment,
            CatalogSettings.parse(type.get(), options, name, source, secrets));
    if (catalogs.containsKey(catalog.name()) && !ifNotExists) {
      throw source.error(
          DtsError.DEFINITION_SYNTAX,
          name.start(),
          name.end(),
          "catalog "
              + catalog.name()
              + " is already created at "
              + catalogs.get(catalog.name()).location(),
          "give one of them another name");
    }
    catalogs.putIfAbsent(catalog.name(), catalog);
    return catalog;
  }

  private static void checkMisspeltType(OptionText type) {
    if (type != null && type.raw().startsWith("pi")) {
      throw type.valueError(
          DtsError.DEFINITION_BAD_OPTION,
          "there is no catalog type '" + type.raw() + "'",
          "use 'pi-mysql', 'pi-postgres' or 'pi-hive'");
    }
  }

  private SyncDatabase sync(Piece piece, TokenReader tokens, boolean runs) {
    SyncDatabase sync =
        new SyncParser(tokens, secrets).parse(location(piece), piece.text(source), this::catalog);
    if (runs && !syncNames.add(sync.options().name())) {
      Token first = piece.first();
      throw source.error(
          DtsError.DEFINITION_BAD_OPTION,
          first.start(),
          first.end(),
          "two syncs of this definition have the name '" + sync.options().name() + "'",
          "give one of them another 'name' in its WITH");
    }
    return sync;
  }

  /** The catalog a sync names; it may be another definition's, but not one of a foreign type. */
  private CreateCatalog catalog(Token name) {
    CreateCatalog catalog = catalogs.get(name.value());
    if (catalog == null) {
      String nearest = Nearest.of(name.value(), catalogs.keySet());
      throw source.error(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          name.start(),
          name.end(),
          foreignCatalogs.contains(name.value())
              ? "catalog " + name.value() + " is not of type 'pi-mysql', 'pi-postgres' or 'pi-hive'"
              : "there is no catalog " + name.value() + " above this statement",
          nearest == null
              ? "create it first: CREATE CATALOG " + name.value() + " WITH ('type' = 'pi-mysql', …)"
              : "did you mean " + nearest + "?");
    }
    return catalog;
  }

  private SetOption setOption(Piece piece, TokenReader tokens) {
    tokens.expect("SET");
    Token key = tokens.expectString("the key, a string");
    tokens.expectSymbol("=");
    Token value = tokens.expectString("the value, a string");
    expectEnd(tokens);
    OptionText option = new OptionText(source, key, value);
    option.refuseLiteralSecret();
    return new SetOption(location(piece), piece.text(source), key.value(), option.resolve(secrets));
  }

  private static void expectEnd(TokenReader tokens) {
    if (!tokens.atEnd()) {
      throw tokens.unexpected("';'");
    }
  }

  private Location location(Piece piece) {
    return source.location(piece.first().start());
  }

  /** Finds a catalog by the token that names it. */
  @FunctionalInterface
  interface Catalogs {
    /**
     * The catalog.
     *
     * @throws DtsException {@code DEFINITION_UNKNOWN_OBJECT}
     */
    CreateCatalog find(Token name);
  }
}
