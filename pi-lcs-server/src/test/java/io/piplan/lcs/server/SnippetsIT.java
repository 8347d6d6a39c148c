package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.lcs.client.LcsClient;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What documents show of the SDK compiles and runs. */
@SuppressWarnings("AddressSelection")
class SnippetsIT {
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");

  @TempDir Path folder;

  @Test
  void ofTheReadmeAndTheGuide() throws Exception {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    try (LcsServer server =
            LcsServer.start(
                LcsServerOptions.of(
                        self,
                        List.of(self),
                        folder.resolve("data"),
                        new InetSocketAddress("127.0.0.1", 0))
                    .withElection(Duration.ofSeconds(1), Duration.ofSeconds(2)));
        LcsClient client = LcsClient.builder().servers(server.address()).build()) {
      await().atMost(Duration.ofSeconds(60)).until(server::leads);
      int run = 0;
      for (String document : new String[] {"README.md", "docs/lcs.md"}) {
        Matcher block = JAVA.matcher(Files.readString(Path.of("..", document)));
        while (block.find()) {
          run("Snippet" + run, block.group(1), server.address());
          run++;
        }
      }
      assertThat(run).isEqualTo(2);
      // Each took 102; more if one was asked for twice.
      assertThat(client.sequence("orders").current()).isGreaterThanOrEqualTo(204);
    }
  }

  private void run(String name, String snippet, String address) throws Exception {
    String source =
        "import io.piplan.lcs.NumberRange;\nimport io.piplan.lcs.client.*;\n"
            + "import java.util.concurrent.CompletableFuture;\n"
            + "public class "
            + name
            + " { public static void run() {\n"
            + snippet
                .replaceAll("servers\\(\"[^\"]*\"\\)", "servers(\"" + address + "\")")
                .replace("orders.nextAsync();", "orders.nextAsync(); later.join();")
            + "} }";
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                complaints,
                null,
                null,
                List.of("-proc:none", "-d", folder.toString()),
                null,
                List.of(new Source(name, source)))
            .call();
    assertThat(compiled).as(complaints.toString()).isTrue();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, SnippetsIT.class.getClassLoader())) {
      loader.loadClass(name).getMethod("run").invoke(null);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) throws IOException {
      return text;
    }
  }
}
