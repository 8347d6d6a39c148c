package io.piplan.dts.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.flink.DiffJobOptions;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.sql.DatabaseUrl;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.CreateCatalog;
import java.util.List;

/**
 * A diff as a person asks for it, with secrets as references, so that it can be sent to a cluster.
 *
 * @param a a URL, or CATALOG.DATABASE of the definition
 * @param definition its text, or null
 * @param tables each TABLE or TABLE:TABLE_OF_B
 * @param where null for all rows
 * @param version the column to compare rows by, null for whole rows
 */
public record DiffRequest(
    String a,
    String b,
    String definitionName,
    String definition,
    List<String> tables,
    String where,
    String version,
    long settleSeconds,
    int samples,
    int parallelism,
    long rowsPerSecond) {
  public DiffRequest {
    tables = List.copyOf(tables);
  }

  String toJson() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values cannot be written as JSON", e);
    }
  }

  static DiffRequest of(String json) {
    try {
      return new ObjectMapper().readValue(json, DiffRequest.class);
    } catch (JsonProcessingException e) {
      // Neither the text nor the cause, which quotes it: a URL in it may hold a password.
      throw new DtsException(
          DtsError.DEFINITION_SYNTAX,
          "found "
              + json.length()
              + " characters that are no request of a diff, at "
              + (e.getLocation() == null ? "?" : "column " + e.getLocation().getColumnNr()),
          "call bin/pi diff");
    }
  }

  /**
   * The same with what may be sent of the definition, be it needed or not.
   *
   * @throws DtsException {@code DEFINITION_…} if the definition is wrong, or holds a secret
   */
  DiffRequest sendable(SecretLookup secrets) {
    return definition == null
        ? this
        : new DiffRequest(
            a,
            b,
            definitionName,
            Definition.parse(definitionName, definition, secrets).text(),
            tables,
            where,
            version,
            settleSeconds,
            samples,
            parallelism,
            rowsPerSecond);
  }

  /**
   * @throws DtsException {@code DEFINITION_…} if a name or the definition is wrong
   */
  public DiffJobOptions resolve(SecretLookup secrets) {
    return new DiffJobOptions(
        database(a, secrets),
        database(b, secrets),
        tables,
        where,
        version,
        settleSeconds,
        samples,
        parallelism,
        rowsPerSecond);
  }

  private DatabaseRef database(String text, SecretLookup secrets) {
    if (DatabaseUrl.isUrl(text)) {
      return DatabaseUrl.parse(text);
    }
    String[] names = text.split("\\.", 2);
    if (definition == null || names.length != 2) {
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          "found '" + text + "', which is no URL",
          "write a URL (see pi diff --help), or CATALOG.DATABASE and the definition with -f");
    }
    Definition parsed = Definition.parse(definitionName, definition, secrets);
    CreateCatalog catalog =
        parsed
            .catalog(names[0])
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.DEFINITION_UNKNOWN_OBJECT,
                        definitionName + " has no catalog " + names[0],
                        "it has " + parsed.catalogs().stream().map(CreateCatalog::name).toList()));
    return new DatabaseRef(catalog.settings().server(), names[1]);
  }
}
