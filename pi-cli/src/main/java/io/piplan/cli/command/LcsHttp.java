package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

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

  /**
   * @param authorities PEM file with who signs the servers' certificates; null for no TLS
   */
  LcsHttp(String hostAndPort, String token, Path authorities) {
    this.base = URI.create((authorities == null ? "http://" : "https://") + hostAndPort);
    this.token = token;
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT);
    this.client =
        authorities == null ? builder.build() : builder.sslContext(trusting(authorities)).build();
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
        to = to.resolve(location);
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
    // "PI-LCS-3011 what was found; what to do"
    String message = said.path("message").asText(response.body()).replace(error.code() + " ", "");
    int remedy = message.lastIndexOf("; ");
    return new LcsException(
        error,
        to.getAuthority() + ": " + (remedy < 0 ? message : message.substring(0, remedy)),
        remedy < 0 ? "look at the server's log" : message.substring(remedy + 2));
  }

  private static SSLContext trusting(Path authorities) {
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + number++, one);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "--tls-ca " + authorities + " cannot be read: " + e,
          "give a PEM file of certificates",
          e);
    }
  }
}
