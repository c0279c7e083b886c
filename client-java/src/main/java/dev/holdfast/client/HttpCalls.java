package dev.holdfast.client;

import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Sends REST requests to one node after the other, as far as that is safe. */
final class HttpCalls {
  /** Of an error answer that is shown; the rest is left. */
  private static final int MAX_PROBLEM_BYTES = 64 * 1024;

  private final ClientRuntime runtime;

  HttpCalls(ClientRuntime runtime) {
    this.runtime = runtime;
  }

  /** A request without effect: any failure moves on to the next node, each is asked once. */
  HttpResponse<byte[]> read(Function<URI, HttpRequest> request) {
    return read(request, BodyHandlers.ofByteArray());
  }

  /** As {@link #read}; the body is read by the caller, who closes it. */
  HttpResponse<InputStream> readStream(Function<URI, HttpRequest> request) {
    return read(request, BodyHandlers.ofInputStream());
  }

  private <T> HttpResponse<T> read(Function<URI, HttpRequest> request, BodyHandler<T> handler) {
    Endpoints.Walk walk = runtime.endpoints().walk();
    HoldfastException last = new UnavailableException("no node is known");
    for (int i = runtime.endpoints().size(); i > 0; i--) {
      URI node = walk.next();
      try {
        HttpResponse<T> answer = send(request.apply(node), handler);
        if (answer.statusCode() < 400) {
          return answer;
        }
        HoldfastException refused = refusal(answer);
        boolean another = refused.mayRetry() || refused instanceof OutcomeUnknownException;
        if (!another) {
          throw refused;
        }
        // A read has no effect, so an unknown outcome of it is none.
        last = new UnavailableException(String.valueOf(refused.getMessage()), refused);
      } catch (IOException e) {
        last = new UnavailableException(node + " does not answer: " + e, e);
      }
    }
    throw last;
  }

  /**
   * A request with effect: only a node that could not even be connected to is passed over.
   *
   * @param begun whether a body that can be read once has been touched
   */
  HttpResponse<byte[]> write(Function<URI, HttpRequest> request, @Nullable AtomicBoolean begun) {
    Endpoints.Walk walk = runtime.endpoints().walk();
    HoldfastException last = new UnavailableException("no node is known");
    for (int i = runtime.endpoints().size(); i > 0; i--) {
      URI node = walk.next();
      try {
        HttpResponse<byte[]> answer = send(request.apply(node), BodyHandlers.ofByteArray());
        if (answer.statusCode() < 400) {
          return answer;
        }
        throw refusal(answer);
      } catch (ConnectException | HttpConnectTimeoutException e) {
        last = new UnavailableException(node + " cannot be reached: " + e, e);
        if (begun != null && begun.get()) {
          throw last;
        }
      } catch (IOException e) {
        throw new OutcomeUnknownException(
            "the write was handed to " + node + " and its answer is missing: " + e, e);
      }
    }
    throw last;
  }

  <T> T json(HttpResponse<byte[]> answer, Class<T> type) {
    try {
      return WireJson.answers().readValue(answer.body(), type);
    } catch (JacksonException e) {
      throw new OutcomeUnknownException(
          answer.uri() + " answered what cannot be read: " + e.getOriginalMessage(), e);
    }
  }

  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) throws IOException {
    try {
      return runtime.http().send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static HoldfastException refusal(HttpResponse<?> answer) {
    int status = answer.statusCode();
    return Failures.of(problem(status, body(answer)));
  }

  private static byte[] body(HttpResponse<?> answer) {
    if (answer.body() instanceof InputStream stream) {
      try (stream) {
        return stream.readNBytes(MAX_PROBLEM_BYTES);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return answer.body() instanceof byte[] bytes ? bytes : new byte[0];
  }

  /** A HEAD has no body, and what stands between may answer in its own words. */
  private static Problem problem(int status, byte[] body) {
    if (body.length > 0) {
      try {
        Problem problem = WireJson.answers().readValue(body, Problem.class);
        if (problem.code() != null) {
          return problem;
        }
      } catch (JacksonException e) {
        return new Problem(status, "HTTP_" + status, "the answer is no problem document", "");
      }
    }
    return new Problem(status, "HTTP_" + status, "the answer has no body", "");
  }
}
