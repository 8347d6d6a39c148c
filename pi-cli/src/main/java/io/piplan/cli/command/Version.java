package io.piplan.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version as the build wrote it down. */
final class Version implements IVersionProvider {
  Version() {}

  @Override
  public String[] getVersion() throws IOException {
    Properties built = new Properties();
    try (InputStream file = Version.class.getResourceAsStream("/pi-version.properties")) {
      built.load(file);
    }
    return new String[] {
      "pi " + built.getProperty("version"),
      "Flink " + built.getProperty("flink") + ", Flink CDC " + built.getProperty("flink-cdc"),
      "Java " + System.getProperty("java.version")
    };
  }
}
