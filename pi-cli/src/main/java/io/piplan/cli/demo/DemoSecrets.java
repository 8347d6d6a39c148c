package io.piplan.cli.demo;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.sql.SecretLookup;
import java.nio.file.Path;
import java.util.Map;

/**
 * Stands in for the environment variables of {@code sql/demo.sql}, since a process cannot set its
 * own. The password is in a file, and what is shipped to the tasks is the file's name.
 */
final class DemoSecrets implements SecretLookup {
  static final String PASSWORD = "PI_DEMO_PASSWORD";

  private final Map<String, String> values;
  private final Path passwordFile;

  DemoSecrets(Map<String, String> values, Path passwordFile) {
    this.values = Map.copyOf(values);
    this.passwordFile = passwordFile;
  }

  @Override
  public String read(Secret secret) {
    if (!(secret instanceof Secret.EnvSecret variable)) {
      return secret.reveal();
    }
    if (variable.name().equals(PASSWORD)) {
      return new Secret.FileSecret(passwordFile.toString()).reveal();
    }
    String value = values.get(variable.name());
    if (value == null) {
      throw new DtsException(
          DtsError.DEFINITION_SECRET_MISSING,
          "sql/demo.sql asks for " + variable.name(),
          "the demo knows " + values.keySet() + " and " + PASSWORD);
    }
    return value;
  }

  @Override
  public Secret secretOf(String value) {
    return value.equals("${" + PASSWORD + "}")
        ? new Secret.FileSecret(passwordFile.toString())
        : SecretLookup.super.secretOf(value);
  }
}
