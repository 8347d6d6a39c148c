package io.piplan.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataDocumentTest {
  private static final String GOOD =
      """
      {
        "version": 3,
        "zones": [{"id": 1, "name": "bj"}, {"id": 2, "name": "sh"}],
        "zsids": {"count": 8, "owners": {"bj": ["0-3"], "sh": [4, "5-7"]}},
        "algorithms": {
          "by_customer": {"type": "mod"},
          "by_name": {"type": "hash", "count": 4},
          "by_age": {"type": "range", "ranges": [{"below": 18, "zsid": 0}, {"zsid": 7}]},
          "by_region": {"type": "list", "values": {"0": ["north", 7], "5": ["south"]}, "otherwise": 1}
        },
        "dataNodes": [
          {"name": "bj_0", "zone": "bj", "host": "db-bj", "schema": "shop"},
          {"name": "bj_0r", "zone": "bj", "host": "db-bj-r", "port": 3307, "schema": "shop", "follows": "bj_0"}
        ],
        "tables": [
          {"name": "orders", "zsKey": {"columns": ["customer_id"], "algorithm": "by_customer"}},
          {"name": "log", "actualTables": 16, "zsKey": {"columns": ["a", "b"], "algorithm": "by_name"}},
          {"name": "products"}
        ]
      }
      """;

  private static List<MetaProblem> problems(String text) {
    return catchThrowableOfType(
            MetaException.class, () -> MetadataDocument.parse("meta.json", text))
        .problems();
  }

  /** Replaces one piece of the good document. */
  private static List<MetaProblem> with(String piece, String replacement) {
    assertThat(GOOD).contains(piece);
    return problems(GOOD.replace(piece, replacement));
  }

  @Test
  void saysWhatItSays() {
    Metadata metadata = MetadataDocument.parse("meta.json", GOOD).metadata();
    assertThat(metadata.version()).isEqualTo(3);
    assertThat(metadata.zone("sh")).contains(new Zone(2, "sh"));
    assertThat(metadata.zone(1).orElseThrow()).hasToString("bj (1)");
    assertThat(metadata.zone(9)).isEmpty();
    assertThat(metadata.ownership().zones()).containsExactly(1, 1, 1, 1, 2, 2, 2, 2);
    assertThat(metadata.dataNodes().get(1).isReplica()).isTrue();
    assertThat(metadata.dataNodes().get(0).port()).isEqualTo(3306);
    ZsKey key = metadata.rule("ORDERS").orElseThrow().key().orElseThrow();
    assertThat(key.zsid(List.of("13".getBytes(StandardCharsets.UTF_8)))).contains(new Zsid(5));
    assertThat(metadata.ownership().owner(new Zsid(5))).isEqualTo(2);
    assertThat(metadata.rule("products").orElseThrow().key()).isEmpty();
    assertThat(metadata.rule("log_15")).isPresent();
    assertThat(metadata.rule("log_16")).isEmpty();
    assertThat(metadata.rule("log_07")).isEmpty();
    assertThat(metadata.rule("log")).isEmpty();
  }

  @Test
  void aZsidOwnedTwiceAndAGapAreNamedWithTheirPlace() {
    List<MetaProblem> problems = with("\"bj\": [\"0-3\"]", "\"bj\": [\"0-1\", 5]");
    assertThat(problems)
        .extracting(MetaProblem::error)
        .containsExactly(MetaError.ZSID_NOT_OWNED, MetaError.ZSID_OWNED_TWICE);
    assertThat(problems.get(0).message()).contains("2-3");
    assertThat(problems.get(1).place().pointer()).isEqualTo("/zsids/owners/sh/1");
    assertThat(problems.get(1).message()).contains("ZSID 5").contains("/zsids/owners/bj/1");
    assertThat(problems.get(1).place().line()).isEqualTo(4);
  }

  @Test
  void allProblemsAreFoundAtOnce() {
    String text =
        """
        {
          "version": "one",
          "zones": [{"id": 1, "name": "bj"}, {"id": 1, "name": "bj"}, {"id": 1024, "name": ""}],
          "zsids": {"count": 2, "owners": {"bj": [0], "gz": ["1-9"]}},
          "algorithms": {"m": {"type": "mood"}, "r": {"type": "range", "ranges": [{"below": 2, "zsid": 0}, {"below": 1, "zsid": 5}]}},
          "tables": [{"name": "t", "zsKey": {"columns": [], "algorithm": "missing"}}, {"name": "T"}, {"nam": "u"}]
        }
        """;
    assertThat(problems(text))
        .extracting(problem -> problem.error() + " " + problem.place().pointer())
        .containsExactly(
            "WRONG_TYPE /version",
            "DUPLICATE /zones/1/id",
            "DUPLICATE /zones/1/name",
            "OUT_OF_RANGE /zones/2/id",
            "OUT_OF_RANGE /zones/2/name",
            "ZSID_NOT_OWNED /zsids/owners",
            "UNKNOWN_ZONE /zsids/owners/gz",
            "OUT_OF_RANGE /zsids/owners/gz/0",
            "UNKNOWN_ALGORITHM /algorithms/m/type",
            "OUT_OF_RANGE /algorithms/r/ranges/1/zsid",
            "OUT_OF_RANGE /tables/0/zsKey/columns",
            "DUPLICATE /tables/1/name",
            "MISSING_FIELD /tables/2",
            "UNKNOWN_FIELD /tables/2/nam");
  }

  @Test
  void wrongTypesAndNames() {
    assertThat(with("\"mod\"}", "\"mod\", \"count\": 9}").get(0).error())
        .isEqualTo(MetaError.OUT_OF_RANGE);
    assertThat(with("[\"a\", \"b\"]", "\"a\"").get(0).error()).isEqualTo(MetaError.WRONG_TYPE);
    assertThat(with("\"by_name\"}", "\"by_customer\"}").get(0).message())
        .contains("takes one column");
    assertThat(with("\"by_name\"}", "\"by_nam\"}").get(0).remedy()).contains("by_name");
    assertThat(with("\"follows\": \"bj_0\"", "\"follows\": \"bj_1\"").get(0).error())
        .isEqualTo(MetaError.UNKNOWN_NODE);
    assertThat(with("\"follows\": \"bj_0\"", "\"follows\": \"bj_0r\"").get(0).message())
        .contains("is a replica itself");
    assertThat(with("\"bj_0r\", \"zone\": \"bj\"", "\"bj_0r\", \"zone\": \"sh\"").get(0).message())
        .contains("its replica in \"sh\"");
    assertThat(with("\"zone\": \"bj\", \"host\": \"db-bj\"", "\"zone\": \"gz\", \"host\": \"h\""))
        .extracting(MetaProblem::error)
        .contains(MetaError.UNKNOWN_ZONE);
    assertThat(with("\"south\"", "\"north\"").get(0).error()).isEqualTo(MetaError.DUPLICATE);
    assertThat(with("\"5\": [\"south\"]", "\"8\": [\"south\"]").get(0).error())
        .isEqualTo(MetaError.OUT_OF_RANGE);
    assertThat(with("\"5-7\"", "\"7-5\"").get(0).message()).contains("no zone owns");
    assertThat(with("\"version\": 3", "\"version\": 3, \"version\": 4").get(0).message())
        .contains("twice");
    assertThat(with("\"version\": 3", "\"version\": 3.5").get(0).error())
        .isEqualTo(MetaError.WRONG_TYPE);
    assertThat(with("{\"below\": 18, \"zsid\": 0}", "{\"zsid\": 0}").get(0).error())
        .isEqualTo(MetaError.MISSING_FIELD);
  }

  @Test
  void whatIsNoJson() {
    MetaProblem problem = problems("{\n  \"version\": 1,\n  oops\n}").get(0);
    assertThat(problem.error()).isEqualTo(MetaError.SYNTAX);
    assertThat(problem.place().line()).isEqualTo(3);
    assertThat(problems("").get(0).message()).contains("empty");
    assertThat(problems("{} {}")).extracting(MetaProblem::error).contains(MetaError.SYNTAX);
    assertThat(problems("[]").get(0).error()).isEqualTo(MetaError.WRONG_TYPE);
    assertThat(problems("null").get(0).message()).contains("null is here");
    assertThat(problems("{\"version\": 1").get(0).error()).isEqualTo(MetaError.SYNTAX);
  }

  @Test
  void filesThatCannotBeRead(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> MetadataDocument.read(folder.resolve("none.json")))
        .hasMessageContaining("there is no such file");
    Path latin = Files.write(folder.resolve("latin.json"), new byte[] {'"', (byte) 0xe9, '"'});
    assertThatThrownBy(() -> MetadataDocument.read(latin)).hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> MetadataDocument.read(folder)).hasMessageContaining("can't be read");
    Path good = Files.writeString(folder.resolve("good.json"), GOOD);
    assertThat(MetadataDocument.read(good).text()).isEqualTo(GOOD);
  }

  @Test
  void tablesAndColumnsThatAreNotThere() {
    MetadataDocument document = MetadataDocument.parse("meta.json", GOOD);
    List<MetaProblem> problems =
        document.compare(
            Map.of(
                "orders", Set.of("id", "CUSTOMER_ID"),
                "log_3", Set.of("a", "c")));
    assertThat(problems)
        .extracting(problem -> problem.error() + " " + problem.place().pointer())
        .containsExactly(
            "UNKNOWN_COLUMN /tables/1/zsKey/columns/1", "UNKNOWN_TABLE /tables/2/name");
    assertThat(problems.get(0).remedy()).contains("a, c");
  }

  /** Jobs carry it. */
  @Test
  void metadataCanBeShipped() throws IOException, ClassNotFoundException {
    Metadata metadata = MetadataDocument.parse("meta.json", GOOD).metadata();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(metadata);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(metadata);
    }
  }

  @Test
  void numbersOfErrorsAreUnique() {
    assertThat(MetaError.values()).extracting(MetaError::number).doesNotHaveDuplicates();
  }

  /** The published schema has the members that the reader knows, and requires the same ones. */
  @Test
  void theSchemaIsTheReaders() throws IOException {
    String text;
    try (InputStream in = MetadataDocument.class.getResourceAsStream("metadata.schema.json")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    try (var parser = new JsonFactory().createParser(text)) {
      while (parser.nextToken() != null) {
        // Only that it is JSON.
      }
    }
    Json schema = JsonTree.read(text, new ArrayList<>());
    assertThat(properties(schema, "")).isEqualTo(MetadataReader.DOCUMENT);
    assertThat(properties(schema, "/properties/zones/items")).isEqualTo(MetadataReader.ZONE);
    assertThat(properties(schema, "/properties/zsids")).isEqualTo(OwnershipReader.ZSIDS);
    String algorithm = "/properties/algorithms/additionalProperties/oneOf/";
    assertThat(properties(schema, algorithm + 0)).isEqualTo(AlgorithmReader.DIVIDING);
    assertThat(properties(schema, algorithm + 1)).isEqualTo(AlgorithmReader.RANGES);
    assertThat(properties(schema, algorithm + "1/properties/ranges/items"))
        .isEqualTo(AlgorithmReader.RANGE);
    assertThat(properties(schema, algorithm + 2)).isEqualTo(AlgorithmReader.LIST);
    assertThat(properties(schema, "/properties/dataNodes/items")).isEqualTo(DataNodeReader.NODE);
    assertThat(properties(schema, "/properties/tables/items")).isEqualTo(MetadataReader.TABLE);
    assertThat(properties(schema, "/properties/tables/items/properties/zsKey"))
        .isEqualTo(MetadataReader.KEY);
  }

  private static Set<String> properties(Json schema, String pointer) {
    Json at = schema;
    for (String step : (pointer + "/properties").substring(1).split("/", -1)) {
      at =
          at instanceof Json.Items items
              ? items.values().get(Integer.parseInt(step))
              : ((Json.Members) at).values().get(step);
    }
    return ((Json.Members) at).values().keySet();
  }
}
