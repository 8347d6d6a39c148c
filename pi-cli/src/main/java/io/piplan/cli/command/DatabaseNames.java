package io.piplan.cli.command;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.sql.DatabaseUrl;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.CreateCatalog;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --file}, and databases that are named on a command line: by URL, or by its catalogs. */
final class DatabaseNames {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE.sql",
      description = "Definition whose catalogs A and B name.")
  private Path file;

  private Definition known;

  DatabaseNames() {}

  /** The definition's text, if one is named. */
  Optional<DefinitionFile> definition() {
    return Optional.ofNullable(file).map(DefinitionFile::of);
  }

  /** The definition, if one is named. */
  Optional<Definition> parsed() {
    if (known == null && file != null) {
      known = DefinitionFile.of(file).parse(SecretLookup.ofProcess());
    }
    return Optional.ofNullable(known);
  }

  DatabaseRef find(String text) {
    if (DatabaseUrl.isUrl(text)) {
      return DatabaseUrl.parse(text);
    }
    String[] names = text.split("\\.", 2);
    if (file == null || names.length != 2) {
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          "found '" + text + "', which is no URL",
          "write a URL (see pi diff --help), or CATALOG.DATABASE and the definition with -f");
    }
    Definition definition = parsed().orElseThrow();
    CreateCatalog catalog =
        definition
            .catalog(names[0])
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.DEFINITION_UNKNOWN_OBJECT,
                        definition.name() + " has no catalog " + names[0],
                        "it has "
                            + definition.catalogs().stream().map(CreateCatalog::name).toList()));
    return new DatabaseRef(catalog.settings().server(), names[1]);
  }
}
