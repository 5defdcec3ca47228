package epos.glass.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What Jetty refuses before a servlet sees it: in JSON, as all errors, and without its name. */
public final class JsonErrors implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        String message = HttpStatus.getMessage(response.getStatus());
        Content.Sink.write(response, true, "{\"error\":\"" + message + "\"}", callback);
        return true;
    }
}
