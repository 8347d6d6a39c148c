package io.piplan.dal.node;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Where the addresses and accounts of nodes stand: {@code env:NAME} or {@code file:/path}. */
public record DsnReferences(UnaryOperator<String> environment) {
  /**
   * The text that a reference stands for.
   *
   * @throws DalException if it isn't there
   */
  public String text(String reference) {
    if (reference.startsWith("env:")) {
      String name = reference.substring("env:".length());
      String value = environment.apply(name);
      if (value == null) {
        throw new DalException(
            DalError.CONFIGURATION, "the environment variable " + name + " is not set; export it");
      }
      return value;
    }
    String file = reference.substring("file:".length());
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new DalException(
          DalError.CONFIGURATION, "the file " + file + " of a dsn can't be read: " + e, e);
    }
  }
}
