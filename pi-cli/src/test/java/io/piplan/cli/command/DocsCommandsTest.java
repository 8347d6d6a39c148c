package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import io.piplan.dts.sql.Definition;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What documents tell people to type is what the program takes. */
class DocsCommandsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern SHELL = Pattern.compile("(?s)```sh\n(.*?)```");
  private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?)```");
  private static final Pattern INLINE = Pattern.compile("`bin/pi ([^`]+)`");
  private static final Pattern COMMENT = Pattern.compile("(?m)^--\\s+(pi .*)$");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private static CommandLine line() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Pi.commandLine(Console.plain(nowhere, nowhere), FlinkSyncEngine::new);
  }

  private static List<Path> files(String folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static List<Path> documents() throws IOException {
    List<Path> all = new ArrayList<>(files("", ".md"));
    all.addAll(files("docs", ".md"));
    all.addAll(files("docs/guides", ".md"));
    return all;
  }

  @Test
  void commandsInBlocksParse() throws IOException {
    List<String> commands = new ArrayList<>();
    for (Path document : documents()) {
      Matcher block = SHELL.matcher(Files.readString(document));
      while (block.find()) {
        block
            .group(1)
            .lines()
            .filter(line -> line.startsWith("bin/pi "))
            .forEach(line -> commands.add(line.substring("bin/".length())));
      }
    }
    for (Path file : files("sql", ".sql")) {
      Matcher comment = COMMENT.matcher(Files.readString(file));
      while (comment.find()) {
        commands.add(comment.group(1));
      }
    }
    assertThat(commands).hasSizeGreaterThan(8);
    for (String command : commands) {
      List<String> words = words(command.replaceFirst("\\s+(#|\\|\\|).*", ""));
      line().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
    }
  }

  @Test
  void commandsInTheTextAreThere() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path document : documents()) {
      Matcher inline = INLINE.matcher(Files.readString(document));
      while (inline.find()) {
        found.add(inline.group(1));
        CommandLine at = line();
        for (String word : words(inline.group(1))) {
          if (at.getSubcommands().isEmpty() || word.equals("…")) {
            break;
          }
          for (String name : word.split("\\|", -1)) {
            assertThat(at.getSubcommands())
                .as("%s: bin/pi %s", document, inline.group(1))
                .containsKey(name);
          }
          at = at.getSubcommands().get(word.split("\\|", 2)[0]);
        }
      }
    }
    assertThat(found).hasSizeGreaterThan(5);
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(command);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    return words;
  }

  /** The language's own page has a test beside the parser. */
  @Test
  void definitionsInTheReadmesParse() throws IOException {
    String catalogs = "";
    for (Path document : files("", ".md")) {
      Matcher block = SQL.matcher(Files.readString(document));
      while (block.find()) {
        String text = block.group(1);
        if (text.startsWith("-- to the proxy")) {
          continue; // ReadmeProxyIT runs these
        }
        if (catalogs.isEmpty() && text.contains("CREATE CATALOG")) {
          catalogs = text.substring(0, text.indexOf("SYNC DATABASE"));
        }
        String whole = text.contains("CREATE CATALOG") ? text : catalogs + text;
        Definition definition = Definition.parse(document.toString(), whole, secret -> "value");
        assertThat(definition.syncs()).isNotEmpty();
      }
    }
    assertThat(catalogs).isNotEmpty();
  }
}
