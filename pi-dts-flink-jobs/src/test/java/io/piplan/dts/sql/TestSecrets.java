package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import java.util.Map;

/** Environment variables that a test makes up; files are read for real. */
record TestSecrets(Map<String, String> environment) implements SecretLookup {
  @Override
  public String read(Secret secret) {
    if (!(secret instanceof Secret.EnvSecret env)) {
      return secret.reveal();
    }
    if (!environment.containsKey(env.name())) {
      throw new DtsException(
          DtsError.DEFINITION_SECRET_MISSING,
          "environment variable " + env.name() + " is not set",
          "set " + env.name());
    }
    return environment.get(env.name());
  }
}
