package io.piplan.dts.sql;

import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.List;
import java.util.Optional;

/**
 * A parsed definition file.
 *
 * @param text as it is written, to be stored and sent: it has references to secrets and no secrets;
 *     what looks like one in a comment is masked
 */
public record Definition(String name, String text, List<Statement> statements) {
  public Definition {
    statements = List.copyOf(statements);
  }

  /**
   * Parses a definition.
   *
   * @param name what messages call it, usually the file's name
   * @throws io.piplan.dts.DtsException {@code DEFINITION_…} with line, column and an excerpt
   */
  public static Definition parse(String name, String text, SecretLookup secrets) {
    return new DefinitionParser(new SourceText(name, text), secrets).parse();
  }

  public Optional<CreateCatalog> catalog(String catalogName) {
    return catalogs().stream().filter(catalog -> catalog.name().equals(catalogName)).findFirst();
  }

  public List<CreateCatalog> catalogs() {
    return statements.stream()
        .filter(CreateCatalog.class::isInstance)
        .map(CreateCatalog.class::cast)
        .toList();
  }

  /** The syncs that run; those that are only explained are not among them. */
  public List<SyncDatabase> syncs() {
    return statements.stream()
        .filter(SyncDatabase.class::isInstance)
        .map(SyncDatabase.class::cast)
        .toList();
  }
}
