let x = PackageResources._001_x_sql
