package io.piplan.cli.command;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A definition that has been read.
 *
 * @param name what messages call it
 */
record DefinitionFile(String name, String text) {
  static DefinitionFile of(Path path) {
    try {
      return new DefinitionFile(path.toString(), Files.readString(path));
    } catch (NoSuchFileException e) {
      throw unreadable(path, "there is no such file", "check the path", e);
    } catch (CharacterCodingException e) {
      throw unreadable(path, "it is not UTF-8", "save it as UTF-8", e);
    } catch (IOException e) {
      throw unreadable(path, e.getClass().getSimpleName(), "give a file that can be read", e);
    }
  }

  private static DtsException unreadable(
      Path path, String why, String remedy, IOException failure) {
    return new DtsException(
        DtsError.DEFINITION_SYNTAX,
        "definition " + path + " cannot be read: " + why,
        remedy,
        failure);
  }

  Definition parse(SecretLookup secrets) {
    return Definition.parse(name, text, secrets);
  }
}
