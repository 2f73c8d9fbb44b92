# Any Node 24 on Alpine: the service has no native module, and runs its TypeScript as it is.
FROM node:24-alpine AS page
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The bundler is an optional package of each platform. npm would run the build with the Node among those, which is not for Alpine.
RUN npm ci --omit=dev --ignore-scripts
COPY page page
COPY src src
RUN node page/build.js

FROM node:24-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node, so the one that npm would install beside the project is left out.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-alpine
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:////data/app.db
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY migrations migrations
COPY --from=page /app/dist dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD wget -q -O /dev/null "http://127.0.0.1:${PORT}/health/ready"
# What is garbage after each request need not fill 48 MB before it is collected.
CMD ["node", "--max-semi-space-size=4", "bin/lyftr.js", "serve"]
