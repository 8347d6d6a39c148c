package io.piplan.dal.session;

import java.io.InputStream;

/** Asks a client for its file, for LOAD DATA LOCAL INFILE. */
public interface LocalFile {
  /**
   * Its bytes as they come. Called once at most, when all that can be checked before is checked.
   *
   * @param name as the statement has it
   */
  InputStream open(String name);
}
