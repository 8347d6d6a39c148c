package io.piplan.dts;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A password or the like. What is stored and shipped is where it comes from, where that is known;
 * it is read where it is used. Printing one never shows it.
 */
public sealed interface Secret extends Serializable {

  /** The secret itself, for the one call that needs it. */
  String reveal();

  /** Read from an environment variable of the process that uses it. */
  record EnvSecret(String name) implements Secret {
    public EnvSecret {
      Objects.requireNonNull(name, "name");
    }

    @Override
    public String reveal() {
      String value = System.getenv(name);
      if (value == null) {
        throw new DtsException(
            DtsError.DEFINITION_SECRET_MISSING,
            "environment variable " + name + " is not set",
            "set " + name + " for every process that runs the sync, or use a file reference");
      }
      return value;
    }
  }

  /** Read from a file; line ends at its end do not count. */
  record FileSecret(String path) implements Secret {
    public FileSecret {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String reveal() {
      try {
        return Files.readString(Path.of(path)).replaceAll("[\r\n]+$", "");
      } catch (IOException e) {
        throw new DtsException(
            DtsError.DEFINITION_SECRET_MISSING,
            "secret file " + path + " cannot be read: " + e.getClass().getSimpleName(),
            "create it, readable by the user that runs the sync, on every machine that runs it",
            e);
      }
    }
  }

  /** Written in the definition itself. */
  record LiteralSecret(String value) implements Secret {
    public LiteralSecret {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String reveal() {
      return value;
    }

    @Override
    public String toString() {
      return "***";
    }
  }
}
