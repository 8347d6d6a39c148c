package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.PemTrust;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A PiLCS server's HTTP interface; goes on to the leader where a server names it. */
final class LcsHttp {
  private static final int MOST_HOPS = 5;
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** A new member catches up before it is answered. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  private final ObjectMapper mapper = new ObjectMapper();
  private final URI base;
  private final String token;
  private final HttpClient client;

  LcsHttp(String hostAndPort, LcsSecurity security) {
    this.base =
        URI.create((security.authorities().isEmpty() ? "http://" : "https://") + hostAndPort);
    this.token = security.token();
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT);
    security.authorities().map(PemTrust::of).ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  /**
   * @param body null for none
   * @throws LcsException with what the server says, if it refuses
   */
  JsonNode send(String method, String path, JsonNode body)
      throws IOException, InterruptedException {
    URI to = base.resolve(path);
    for (int hop = 0; hop < MOST_HOPS; hop++) {
      HttpResponse<String> response = once(method, to, body);
      String location = response.headers().firstValue("location").orElse("");
      if (response.statusCode() == 307 && !location.isEmpty()) {
        to = followed(to, location);
        continue;
      }
      if (response.statusCode() / 100 == 2) {
        return mapper.readTree(response.body());
      }
      throw refused(to, response);
    }
    throw new LcsException(
        LcsError.NOT_LEADER, "servers name each other as the leader", "try again in a moment");
  }

  /** The token goes along, so not to where everybody on the way could read it. */
  static URI followed(URI from, String location) {
    URI to = from.resolve(location);
    if (from.getScheme().equals("https") && !"https".equals(to.getScheme())) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          from.getAuthority() + " names " + to.getAuthority() + " as the leader, without TLS",
          "give all servers --tls-cert and --tls-key");
    }
    return to;
  }

  private HttpResponse<String> once(String method, URI to, JsonNode body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(to)
            .timeout(ANSWER)
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new LcsException(
          LcsError.TIMED_OUT,
          to.getAuthority() + " doesn't answer: " + e,
          "see that the server runs with --http there, and that TLS is on at both ends or at none",
          e);
    }
  }

  private LcsException refused(URI to, HttpResponse<String> response)
      throws JsonProcessingException {
    JsonNode said = mapper.readTree(response.body().isBlank() ? "{}" : response.body());
    LcsError error = LcsError.INTERNAL;
    for (LcsError one : LcsError.values()) {
      if (one.code().equals(said.path("error").asText())) {
        error = one;
      }
    }
    return new LcsException(
        error,
        to.getAuthority() + ": " + said.path("message").asText(response.body()),
        said.path("remedy").asText("look at the server's log"));
  }
}
